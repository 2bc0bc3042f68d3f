using Gan.Kernels;

namespace Gan.Train.Training;

/// <summary>
/// For data sets larger than the device's memory: one step's images at a time, sent in the epoch's order before the step. The host picks the next
/// step's images while the device still works on the last; the copy is queued behind it, through page-locked memory on a GPU. The order is the
/// formula that <see cref="ImageStore"/>'s gather uses, so training has the same bits.
/// </summary>
internal sealed class StreamedImages : IImageSource
{
    private readonly Device _device;
    private readonly HostImages _host;
    private readonly DeviceBuffer _slots;
    private readonly byte[] _picked;

    /// <param name="device">Where the step's images go.</param>
    /// <param name="host">All images.</param>
    /// <param name="slots">Images of a full step: batch size times discriminator updates.</param>
    public StreamedImages(Device device, HostImages host, int slots)
    {
        (_device, _host, Slots) = (device, host, slots);
        _picked = new byte[checked(slots * host.Elements)];
        _slots = device.Allocate<byte>(_picked.Length);
    }

    public int Count => _host.Count;

    public int Elements => _host.Elements;

    public int Slots { get; }

    public bool InOrder => true;

    public DeviceSpan<byte> Pixels => _slots.AsSpan<byte>();

    public void Prepare(int epoch, int row, int images)
    {
        if (row % Slots != 0 || images > Slots)
        {
            throw new InvalidOperationException($"StreamedImages: positions [{row}, {row + images}) are not a step of {Slots} images.");
        }
        Span<byte> picked = _picked.AsSpan(0, images * Elements);
        _host.Pick(epoch, row, images, picked);
        _device.CopyFromHost<byte>(picked, Pixels.Slice(0, picked.Length));
    }

    public DeviceBuffer? Peek(int rows)
    {
        var picked = new byte[rows * Elements];
        _host.Pick(0, 0, rows, picked);
        DeviceBuffer copy = _device.Allocate<byte>(picked.Length);
        _device.CopyFromHost<byte>(picked, copy.AsSpan<byte>());
        return copy;
    }

    public void Dispose() => _slots.Dispose();
}
