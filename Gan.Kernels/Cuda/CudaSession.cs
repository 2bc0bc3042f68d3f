using System.Runtime.CompilerServices;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda;

/// <summary>
/// One opened device: its driver, primary context and stream, and the check of every call. The parts of <see cref="CudaDevice"/> share it.
/// After an error that ends the context (<see cref="Lost"/>) every call fails; cleaning up then asks nothing more of the driver than letting go.
/// </summary>
internal sealed class CudaSession : IDisposable
{
    [ThreadStatic]
    private static long _current; // Id of the session whose context is current on this thread.

    private static long _sessions;

    private readonly long _id = Interlocked.Increment(ref _sessions);
    private readonly int _device;
    private readonly nint _context;
    private bool _idle = true, _closed;

    /// <summary>Retains the primary context and creates the stream.</summary>
    /// <param name="driver">An initialised driver.</param>
    /// <param name="ordinal">The driver's number of the device.</param>
    /// <param name="name">The device's name in messages.</param>
    /// <exception cref="CudaException">The driver refused.</exception>
    public CudaSession(ICudaDriver driver, int ordinal, string name)
    {
        (Driver, Name) = (driver, name);
        Check(driver.DeviceGet(ordinal, out _device));
        Check(driver.PrimaryContextRetain(_device, out _context));
        try
        {
            Enter();
            Check(driver.StreamCreate(out nint stream));
            Stream = stream;
        }
        catch
        {
            _closed = true;
            _ = driver.PrimaryContextRelease(_device);
            throw;
        }
    }

    public ICudaDriver Driver { get; }

    public string Name { get; }

    /// <summary>The one stream of all kernels.</summary>
    public nint Stream { get; }

    /// <summary>Whether an error has ended the context; what the device holds can't be read any more.</summary>
    public bool Lost { get; private set; }

    /// <summary>The kernel queued last, for messages: the driver reports a fault later, without a name.</summary>
    public string? LastKernel { get; set; }

    /// <summary>Makes the context current on the calling thread; costs next to nothing when it is already.</summary>
    public void Enter()
    {
        ObjectDisposedException.ThrowIf(_closed, typeof(CudaDevice));
        if (_current != _id)
        {
            Check(Driver.ContextSetCurrent(_context));
            _current = _id;
        }
    }

    /// <summary>Value of a device attribute.</summary>
    public int Attribute(CudaAttribute attribute)
    {
        Check(Driver.DeviceAttribute(_device, attribute, out int value));
        return value;
    }

    /// <summary>The device's own name, e.g. "NVIDIA H200".</summary>
    public string ModelName()
    {
        Check(Driver.DeviceName(_device, out string name));
        return name;
    }

    /// <summary>Throws unless the call succeeded; on success it costs a comparison.</summary>
    /// <param name="result">What the driver returned.</param>
    /// <param name="call">The call as written, filled in by the compiler.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Check(CudaResult result, [CallerArgumentExpression(nameof(result))] string call = "")
    {
        if (result != CudaResult.Success)
        {
            throw Failure(result, call);
        }
    }

    /// <summary>The error for a failed call; notes when it ends the context.</summary>
    public CudaException Failure(CudaResult result, string call)
    {
        Lost |= CudaFailure.EndsContext(result);
        return CudaFailure.Describe(Driver, Name, result, call, LastKernel);
    }

    /// <summary>Notes that work was queued, so that memory must not be given back before it is done.</summary>
    public void Queued() => _idle = false;

    /// <summary>Waits until the stream's work is done.</summary>
    public void Synchronize()
    {
        Enter();
        Check(Driver.StreamSynchronize(Stream));
        _idle = true;
    }

    /// <summary>Waits like <see cref="Synchronize"/> if anything may be under way, and tells instead of throwing.</summary>
    /// <returns>Whether the stream is idle now and the context still good.</returns>
    public bool TrySettle()
    {
        if (Lost || _closed || !TryEnter())
        {
            return false;
        }
        if (!_idle)
        {
            CudaResult result = Driver.StreamSynchronize(Stream);
            Lost |= CudaFailure.EndsContext(result);
            _idle = result == CudaResult.Success;
        }
        return _idle;
    }

    /// <summary>Makes the context current, or tells that it can't.</summary>
    public bool TryEnter()
    {
        if (_closed)
        {
            return false;
        }
        if (_current != _id)
        {
            CudaResult result = Driver.ContextSetCurrent(_context);
            Lost |= CudaFailure.EndsContext(result);
            if (result != CudaResult.Success)
            {
                return false;
            }
            _current = _id;
        }
        return true;
    }

    /// <summary>Lets go of stream and context, whatever state they are in.</summary>
    public void Dispose()
    {
        if (_closed)
        {
            return;
        }
        if (TryEnter())
        {
            _ = Driver.StreamDestroy(Stream);
            _ = Driver.ContextSetCurrent(0);
        }
        _closed = true;
        _current = 0;
        _ = Driver.PrimaryContextRelease(_device);
    }
}
