using Gan.Kernels;

namespace Gan.Train.Training;

/// <summary>Room for images without any, for a forecast: all of them, or a step's and those on their way to the next steps.</summary>
/// <param name="device">A device that only counts.</param>
/// <param name="count">Images of the data set.</param>
/// <param name="elements">Bytes an image.</param>
/// <param name="slots">Images there is room for.</param>
internal sealed class BlankImages(Device device, int count, int elements, int slots) : IImageSource
{
    private readonly DeviceBuffer _room = device.Allocate<byte>((long)slots * elements);
    private readonly DeviceBuffer[] _ahead =
        [.. Enumerable.Range(0, slots < count ? StreamedImages.StepsAhead : 0).Select(_ => device.Allocate<byte>((long)slots * elements))];

    public int Count => count;

    public int Elements => elements;

    public int Slots => slots;

    public bool InOrder => slots < count;

    public DeviceSpan<byte> Pixels => _room.AsSpan<byte>();

    public void Prepare(int epoch, int row, int images)
    {
    }

    public DeviceBuffer? Peek(int rows) => null;

    public void Dispose()
    {
        _room.Dispose();
        Array.ForEach(_ahead, static b => b.Dispose());
    }
}
