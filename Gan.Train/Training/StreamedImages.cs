using Gan.Kernels;

namespace Gan.Train.Training;

/// <summary>
/// For data sets larger than the device's memory: one step's images at a time, in the epoch's order, sent a step ahead while the device still works.
/// The order is the formula that <see cref="ImageStore"/>'s gather uses, so training has the same bits.
/// </summary>
internal sealed class StreamedImages : IImageSource
{
    /// <summary>Steps whose images can be under way.</summary>
    public const int StepsAhead = 2;

    private readonly Device _device;
    private readonly HostImages _host;
    private readonly DeviceBuffer _slots;
    private readonly UploadQueue _queue;
    private (int Epoch, int Row, int Images) _sent;

    /// <param name="device">Where the step's images go.</param>
    /// <param name="host">All images.</param>
    /// <param name="slots">Images of a full step: batch size times discriminator updates.</param>
    public StreamedImages(Device device, HostImages host, int slots)
    {
        (_device, _host, Slots) = (device, host, slots);
        _slots = device.Allocate<byte>(checked(slots * host.Elements));
        _queue = device.OpenUploadQueue((int)_slots.ByteLength, StepsAhead);
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
        if (_queue.Posted > 0 && _sent != (epoch, row, images))
        {
            _queue.MoveTo(Pixels); // sent ahead for a step that does not come
        }
        if (_queue.Posted == 0)
        {
            Send(epoch, row, images);
        }
        _queue.MoveTo(Pixels);
        int next = row + images;
        if (next < Count)
        {
            Send(epoch, next, Math.Min(Slots, Count - next));
        }
        else
        {
            Send(epoch + 1, 0, Slots);
        }
    }

    public DeviceBuffer? Peek(int rows)
    {
        var picked = new byte[rows * Elements];
        _host.Pick(0, 0, rows, picked);
        DeviceBuffer copy = _device.Allocate<byte>(picked.Length);
        _device.CopyFromHost<byte>(picked, copy.AsSpan<byte>());
        return copy;
    }

    public void Dispose()
    {
        _queue.Dispose();
        _slots.Dispose();
    }

    private void Send(int epoch, int row, int images)
    {
        _host.Pick(epoch, row, images, _queue.Next(images * Elements));
        _queue.Post();
        _sent = (epoch, row, images);
    }
}
