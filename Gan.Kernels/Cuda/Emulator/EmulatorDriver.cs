using System.Diagnostics;
using System.Runtime.CompilerServices;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// The driver interface over a machine that executes PTX on the CPU. It is stricter than a GPU's driver: work waits in its queue until somebody waits for it
/// (so that a missing wait shows), host memory of queued copies is watched, handles, contexts and captures are checked, and an error of a kernel makes
/// every later call fail, as on a GPU, but with kernel, line and thread in <see cref="Detail"/>. Thread-safe.
/// </summary>
internal sealed partial class EmulatorDriver : ICudaDriver, IMemoryMarks, IDisposable
{
    /// <summary>Shared memory that a block may have without asking, in bytes.</summary>
    public const int DefaultShared = 48 * 1024;

    private const int Version = 12_040; // CUDA 12.4: what is implemented here follows its documentation

    private readonly Lock _lock = new();
    private readonly IKernelMachine _machine;
    private readonly EmulatorProfile _profile;
    private readonly ThreadLocal<nint> _current = new();
    private readonly Stopwatch _clock = new();
    private bool _initialised;
    private nint _handles = 0x1000, _context;
    private int _device, _contextUsers, _depth;
    private CudaResult _fault;
    private string? _faultText;

    /// <summary>A driver over a machine.</summary>
    public EmulatorDriver(IKernelMachine machine, EmulatorProfile? profile = null) => (_machine, _profile) = (machine, profile ?? EmulatorProfile.Default);

    /// <inheritdoc/>
    public string? Detail { get; private set; }

    /// <inheritdoc/>
    public IMemoryMarks? Marks => this;

    /// <summary>What was still alive when the last user released the context without a fault before: "" when everything had been given back.</summary>
    public string Leaks { get; private set; } = "";

    /// <summary>How long the machine has worked so far, in milliseconds.</summary>
    public double WorkMilliseconds => _clock.Elapsed.TotalMilliseconds;

    /// <summary>Live objects by kind, e.g. "1 stream, 2 blocks"; "" when there is none.</summary>
    public string LiveHandles
    {
        get
        {
            lock (_lock)
            {
                (string Kind, int Count)[] kinds = [("context", _contextUsers), ("stream", _streams.Count), ("event", _events.Count), ("module", _modules.Count),
                    ("graph", _graphs.Count), ("executable graph", _executables.Count), ("block", _blocks.Count), ("host block", _hostBlocks.Count)];
                return string.Join(", ", kinds.Where(static k => k.Count > 0).Select(static k => $"{k.Count} {k.Kind}{(k.Count == 1 ? "" : "s")}"));
            }
        }
    }

    public CudaResult Initialize()
    {
        lock (_lock)
        {
            _initialised = true;
            return _fault;
        }
    }

    public CudaResult DriverVersion(out int version)
    {
        version = Version;
        return CudaResult.Success;
    }

    public string Describe(CudaResult result) => CudaResultText.Describe(result);

    public CudaResult DeviceCount(out int count)
    {
        count = _initialised ? _profile.Devices : 0;
        return _initialised ? CudaResult.Success : CudaResult.NotInitialized;
    }

    public CudaResult DeviceGet(int ordinal, out int device)
    {
        device = ordinal;
        return Known(ordinal);
    }

    public CudaResult DeviceName(int device, out string name)
    {
        name = "Gan PTX emulator";
        return Known(device);
    }

    public CudaResult DeviceTotalMemory(int device, out long bytes)
    {
        bytes = _profile.MemoryBytes;
        return Known(device);
    }

    public CudaResult DeviceAttribute(int device, CudaAttribute attribute, out int value)
    {
        int? known = _profile.Attribute(attribute);
        value = known ?? 0;
        return known is null ? CudaResult.InvalidValue : Known(device);
    }

    private CudaResult Known(int device) => !_initialised ? CudaResult.NotInitialized
        : device < 0 || device >= _profile.Devices ? CudaResult.InvalidDevice : CudaResult.Success;

    public CudaResult PrimaryContextRetain(int device, out nint context)
    {
        lock (_lock)
        {
            context = 0;
            if (Known(device) is var known and not CudaResult.Success || (known = _fault) != CudaResult.Success)
            {
                return known;
            }
            if (_contextUsers > 0 && device != _device)
            {
                return Refuse(CudaResult.InvalidDevice, "the emulator opens one device at a time");
            }
            if (_contextUsers++ == 0)
            {
                (_device, _context) = (device, ++_handles);
            }
            context = _context;
            return CudaResult.Success;
        }
    }

    public CudaResult PrimaryContextRelease(int device)
    {
        lock (_lock)
        {
            if (_contextUsers == 0 || device != _device)
            {
                return CudaResult.InvalidContext;
            }
            if (--_contextUsers == 0)
            {
                // The context takes everything with it, whatever state it is in.
                Leaks = _fault == CudaResult.Success ? LiveHandles : "";
                _context = 0;
                DropEverything();
            }
            return CudaResult.Success;
        }
    }

    public CudaResult ContextSetCurrent(nint context)
    {
        lock (_lock)
        {
            if (context != 0 && context != _context)
            {
                return CudaResult.InvalidContext;
            }
            _current.Value = context;
            return _fault;
        }
    }

    public CudaResult ContextSynchronize()
    {
        lock (_lock)
        {
            if (Guard(inCapture: false) is var refused and not CudaResult.Success)
            {
                return refused;
            }
            foreach (EmulatorStream stream in _streams.Values)
            {
                RunAll(stream);
            }
            return _fault;
        }
    }

    /// <summary>
    /// What stands against a call: an earlier fault, no context on this thread, or a capture on this thread that the call would break (it breaks it).
    /// </summary>
    private CudaResult Guard(bool inCapture = true, [CallerMemberName] string call = "")
    {
        Detail = _faultText;
        if (_fault != CudaResult.Success)
        {
            return _fault;
        }
        if (!_initialised)
        {
            return CudaResult.NotInitialized;
        }
        if (_context == 0 || _current.Value != _context)
        {
            return Refuse(CudaResult.InvalidContext, $"{call}: the context is not current on this thread");
        }
        if (!inCapture)
        {
            foreach (EmulatorStream stream in _streams.Values)
            {
                if (stream.Capture is EmulatorCapture capture && capture.Thread == Environment.CurrentManagedThreadId)
                {
                    capture.BrokenBy ??= call;
                    return Refuse(CudaResult.StreamCaptureUnsupported, $"{call} is not allowed while a stream is being captured; the capture is invalid now");
                }
            }
        }
        return CudaResult.Success;
    }

    private CudaResult Refuse(CudaResult result, string detail)
    {
        Detail = detail;
        return result;
    }

    /// <summary>Notes an error that nothing recovers from.</summary>
    private CudaResult Fault(CudaResult result, string text)
    {
        (_fault, _faultText, Detail) = (result, text, text);
        return result;
    }

    /// <summary>Ends the machine's threads.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            DropEverything();
        }
        _current.Dispose();
        (_machine as IDisposable)?.Dispose();
    }
}
