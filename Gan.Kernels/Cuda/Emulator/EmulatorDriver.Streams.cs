using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Emulator;

// Streams, events, the queue.
internal sealed unsafe partial class EmulatorDriver
{
    private readonly Dictionary<nint, EmulatorStream> _streams = [];
    private readonly Dictionary<nint, EmulatorEvent> _events = [];

    public CudaResult StreamCreate(out nint stream) => Create(out stream, handle => _streams[handle] = new EmulatorStream(handle));

    public CudaResult StreamDestroy(nint stream)
    {
        lock (_lock)
        {
            if (Guard() is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (!_streams.TryGetValue(stream, out EmulatorStream? known))
            {
                return CudaResult.InvalidHandle;
            }
            RunAll(known);
            _streams.Remove(stream);
            return _fault;
        }
    }

    public CudaResult StreamSynchronize(nint stream)
    {
        lock (_lock)
        {
            if (Guard(inCapture: false) is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (!_streams.TryGetValue(stream, out EmulatorStream? known))
            {
                return CudaResult.InvalidHandle;
            }
            RunAll(known);
            return _fault;
        }
    }

    public CudaResult StreamWaitEvent(nint stream, nint @event)
    {
        lock (_lock)
        {
            if (Guard() is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (!_events.TryGetValue(@event, out EmulatorEvent? known) || !_streams.ContainsKey(stream))
            {
                return CudaResult.InvalidHandle;
            }
            return known.Marker is null or { Reached: true } ? CudaResult.Success : Enqueue(stream, () => new WaitWork(known.Marker));
        }
    }

    public CudaResult EventCreate(bool timing, out nint @event) => Create(out @event, handle => _events[handle] = new EmulatorEvent(timing));

    /// <summary>Makes something that needs nothing, under a handle of its own.</summary>
    private CudaResult Create(out nint handle, Action<nint> make)
    {
        lock (_lock)
        {
            handle = 0;
            if (Guard() is var refused and not CudaResult.Success)
            {
                return refused;
            }
            make(handle = ++_handles);
            return CudaResult.Success;
        }
    }

    public CudaResult EventDestroy(nint @event)
    {
        lock (_lock)
        {
            return Guard() is var refused and not CudaResult.Success ? refused
                : _events.Remove(@event) ? CudaResult.Success : CudaResult.InvalidHandle;
        }
    }

    public CudaResult EventRecord(nint @event, nint stream)
    {
        lock (_lock)
        {
            if (Guard() is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (!_events.TryGetValue(@event, out EmulatorEvent? known) || !_streams.TryGetValue(stream, out EmulatorStream? on))
            {
                return CudaResult.InvalidHandle;
            }
            var marker = new MarkerWork(on);
            CudaResult result = Enqueue(stream, () => marker);
            if (result == CudaResult.Success)
            {
                known.Marker = marker;
            }
            return result;
        }
    }

    public CudaResult EventSynchronize(nint @event)
    {
        lock (_lock)
        {
            if (Guard(inCapture: false) is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (!_events.TryGetValue(@event, out EmulatorEvent? known))
            {
                return CudaResult.InvalidHandle;
            }
            if (known.Marker is MarkerWork marker)
            {
                RunUntil(marker);
            }
            return _fault;
        }
    }

    public CudaResult EventElapsed(nint start, nint end, out float milliseconds)
    {
        lock (_lock)
        {
            milliseconds = 0;
            if (Guard() is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (!_events.TryGetValue(start, out EmulatorEvent? first) || !_events.TryGetValue(end, out EmulatorEvent? second)
                || first.Marker is null || second.Marker is null || !first.Timing || !second.Timing)
            {
                return Refuse(CudaResult.InvalidHandle, "both events must have been created with timing and recorded");
            }
            if (!first.Marker.Reached || !second.Marker.Reached)
            {
                return CudaResult.NotReady;
            }
            milliseconds = (float)(second.Marker.Milliseconds - first.Marker.Milliseconds);
            return CudaResult.Success;
        }
    }

    /// <summary>Runs a marker's stream up to the marker.</summary>
    public void RunUntil(MarkerWork marker)
    {
        while (!marker.Reached && _fault == CudaResult.Success)
        {
            Step(marker.Stream);
        }
    }

    private IEnumerable<StreamWork> Queued() => _streams.Values.SelectMany(static stream => stream.Work);

    /// <summary>Queues work, or notes it in the capture under way. The work is made only when it is accepted: a copy watches memory from then on.</summary>
    private CudaResult Enqueue(nint stream, Func<StreamWork> make)
    {
        if (!_streams.TryGetValue(stream, out EmulatorStream? known))
        {
            return CudaResult.InvalidHandle;
        }
        if (known.Capture is EmulatorCapture capture)
        {
            return Note(capture, make);
        }
        StreamWork work = make();
        known.Work.Enqueue(work);
        if (work.Counts && ++known.Counted > _profile.QueueLimit)
        {
            Step(known);
        }
        return CudaResult.Success; // an error of what just ran shows at the next call
    }

    private void RunAll(EmulatorStream stream)
    {
        while (stream.Work.Count > 0 && _fault == CudaResult.Success)
        {
            Step(stream);
        }
    }

    /// <summary>Runs a stream's oldest work.</summary>
    private void Step(EmulatorStream stream)
    {
        StreamWork work = stream.Work.Dequeue();
        stream.Counted -= work.Counts ? 1 : 0;
        if (_depth++ == 0)
        {
            _clock.Start();
        }
        try
        {
            work.Run(this, _machine);
        }
        catch (MachineFaultException e)
        {
            Fault(e.Result, e.Message);
        }
        finally
        {
            if (--_depth == 0)
            {
                _clock.Stop();
            }
        }
    }
}
