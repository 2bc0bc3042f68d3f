namespace Gan.Kernels.Plans;

/// <summary>
/// A device without memory or arithmetic: the same code that trains runs on it in a moment, and its pool then tells how much memory the real device
/// will take. Reads give zeros.
/// </summary>
public sealed class ForecastDevice : Device
{
    private readonly NoKernels _kernels = new();
    private nint _next = 4096;

    /// <inheritdoc/>
    public override string Name => "forecast";

    /// <inheritdoc/>
    public override string Description => "counts memory only";

    /// <inheritdoc/>
    protected internal override bool HoldsMemory => false;

    /// <inheritdoc/>
    protected override IKernels NativeKernels => _kernels;

    /// <inheritdoc/>
    public override void Synchronize()
    {
    }

    /// <inheritdoc/>
    protected override void Upload<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination)
    {
    }

    /// <inheritdoc/>
    protected override void Download<T>(DeviceSpan<T> source, Span<T> destination) => destination.Clear();

    /// <inheritdoc/>
    protected internal override nint AllocateRaw(long bytes) => (_next += (nint)bytes) - (nint)bytes;

    /// <inheritdoc/>
    protected internal override void FreeRaw(nint address, long bytes)
    {
    }
}
