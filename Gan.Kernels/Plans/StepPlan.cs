namespace Gan.Kernels;

/// <summary>
/// The kernel calls of one step with their buffers bound, made by <see cref="Device.Capture"/>. It owns the memory the step took: eager work never
/// reuses it while the plan lives. Tensors that the step was given must live as long.
/// </summary>
public sealed class StepPlan : IDisposable
{
    private readonly Device _device;
    private readonly List<Action<IKernels>> _calls;
    private bool _disposed;

    internal StepPlan(Device device, MemoryPool pool, List<Action<IKernels>> calls) => (_device, Pool, _calls) = (device, pool, calls);

    /// <summary>Number of kernel calls.</summary>
    public int Launches => _calls.Count;

    internal List<Action<IKernels>> Calls => _calls;

    internal MemoryPool Pool { get; }

    /// <summary>What the device keeps for replaying (a graph); disposed with the plan, before its memory goes.</summary>
    internal IDisposable? DeviceState { get; set; }

    internal MemoryStatistics Memory => Pool.Statistics;

    /// <summary>Runs the step again.</summary>
    /// <exception cref="ObjectDisposedException">The plan was disposed.</exception>
    public void Replay()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _device.Replay(this);
    }

    /// <summary>Gives the plan's memory back to the device.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _device.Settle();
            DeviceState?.Dispose();
            _device.Forget(this);
            _calls.Clear();
            Pool.Close();
        }
    }
}
