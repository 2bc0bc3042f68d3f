namespace Gan.Kernels.Plans;

/// <summary>
/// A device without memory or arithmetic: the same code that trains runs on it in a moment, and its pool then tells how much memory the real device
/// will take. Reads give zeros.
/// </summary>
public sealed class ForecastDevice : Device
{
    private nint _next = 4096;

    /// <summary>Counts what the trainer takes.</summary>
    public ForecastDevice() => NativeKernels = new NoKernels();

    /// <summary>Counts what the kernels take as well.</summary>
    /// <param name="kernels">Makes a device's launch code without the device.</param>
    /// <param name="bytesApart">That device's <see cref="BytesApart"/>.</param>
    internal ForecastDevice(Func<ForecastDevice, IKernels> kernels, long bytesApart = 0) => (NativeKernels, BytesApart) = (kernels(this), bytesApart);

    /// <inheritdoc/>
    public override string Name => "forecast";

    /// <inheritdoc/>
    public override string Description => "counts memory only";

    /// <inheritdoc/>
    protected internal override bool HoldsMemory => false;

    /// <inheritdoc/>
    internal override long BytesApart { get; }

    /// <inheritdoc/>
    protected override IKernels NativeKernels { get; }

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
