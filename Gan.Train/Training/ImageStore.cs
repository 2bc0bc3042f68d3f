using Gan.Kernels;

namespace Gan.Train.Training;

/// <summary>All training images on the device as uint8 [count, H, W, C], gathered and normalised a batch at a time.</summary>
internal sealed class ImageStore : IImageSource
{
    private const int ChunkBytes = 1 << 28;
    private readonly DeviceBuffer _pixels;

    /// <summary>Copies the images to the device.</summary>
    /// <param name="device">Where they go.</param>
    /// <param name="pixels">Address of the first byte in host memory.</param>
    /// <param name="count">Number of images.</param>
    /// <param name="elements">Bytes an image.</param>
    public unsafe ImageStore(Device device, byte* pixels, int count, int elements)
    {
        (Count, Elements) = (count, elements);
        long total = (long)count * elements;
        _pixels = device.Allocate<byte>(total);
        for (long done = 0; done < total; done += ChunkBytes)
        {
            int bytes = (int)Math.Min(ChunkBytes, total - done);
            device.CopyFromHost(new ReadOnlySpan<byte>(pixels + done, bytes), new DeviceSpan<byte>(_pixels, done, bytes));
        }
    }

    public int Count { get; }

    public int Elements { get; }

    public int Slots => Count;

    public bool InOrder => false;

    public DeviceSpan<byte> Pixels => _pixels.AsSpan<byte>();

    public void Prepare(int epoch, int row, int images)
    {
    }

    public DeviceBuffer? Peek(int rows) => null;

    public void Dispose() => _pixels.Dispose();
}
