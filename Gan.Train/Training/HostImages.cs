using Gan.Kernels;

namespace Gan.Train.Training;

/// <summary>Decoded images in host memory, uint8 [count, H, W, C], picked in an epoch's order.</summary>
/// <param name="pixels">Address of the first byte; owned by the caller.</param>
/// <param name="count">Number of images.</param>
/// <param name="elements">Bytes an image.</param>
/// <param name="seed">Key of the permutations.</param>
/// <param name="shuffle">Whether an epoch is permuted.</param>
internal sealed unsafe class HostImages(byte* pixels, int count, int elements, ulong seed, bool shuffle)
{
    private int[] _order = [];

    public int Count => count;

    public int Elements => elements;

    /// <summary>Copies the images at positions [row, row + images) of an epoch to [images, elements].</summary>
    public void Pick(int epoch, int row, int images, Span<byte> to)
    {
        if (_order.Length < images)
        {
            _order = new int[images];
        }
        Span<int> order = _order.AsSpan(0, images);
        if (shuffle)
        {
            EpochOrder.Fill(order, row, count, seed, (uint)epoch);
        }
        for (int i = 0; i < images; i++)
        {
            long from = shuffle ? order[i] : row + i;
            new ReadOnlySpan<byte>(pixels + from * elements, elements).CopyTo(to[(i * elements)..]);
        }
    }
}
