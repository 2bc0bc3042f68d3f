namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// The lanes of a windowed convolution. The grid of one image is cut into blocks; a lane is one block of one image, numbered block by block and
/// image by image within it. All lanes have the same shape, so position (y, x) of a dozen lanes makes the rows of one GEMM tile: with a batch
/// of 12 or more a lane is a band of an image and a tile holds the same pixel of 12 images; with a batch of 1 it holds pixels of one image.
/// Everything here depends on the shape alone, never on the number of threads.
/// </summary>
internal readonly struct WindowBlocks
{
    /// <summary>Bytes of a packed window that still leave room in a 2 MiB L2 cache for the weights that stream past it.</summary>
    private const long WindowBudget = 5 << 18;

    /// <summary>Enough parts for several threads to finish at about the same time.</summary>
    private const int WantedParts = 32;

    /// <param name="g">The convolution.</param>
    /// <param name="panelLanes">Lanes packed side by side.</param>
    /// <param name="wholeRows">Whether a block must span the grid's width.</param>
    public WindowBlocks(in WindowGeometry g, int panelLanes, bool wholeRows)
    {
        int blockY = g.GridH, blockX = g.GridW;
        while (Bytes(g, blockY, blockX, panelLanes) > WindowBudget && blockY > 1)
        {
            blockY = Half(blockY);
        }
        while (Parts(g, blockY, panelLanes) < WantedParts && blockY > 4)
        {
            blockY = Half(blockY);
        }
        while (g.N * Count(g.GridH, blockY) < 2 * panelLanes && blockY > 1 && g.N % panelLanes != 0)
        {
            blockY = Half(blockY);
        }
        bool few = g.N * Count(g.GridH, blockY) < panelLanes;
        while (!wholeRows && blockX > 1 && (Bytes(g, blockY, blockX, panelLanes) > WindowBudget
            || (few && g.N * Count(g.GridH, blockY) * Count(g.GridW, blockX) < 2 * panelLanes)))
        {
            blockX = Half(blockX);
        }
        (BlockY, BlockX, BlocksX, N) = (blockY, blockX, Count(g.GridW, blockX), g.N);
        Lanes = checked(g.N * Count(g.GridH, blockY) * BlocksX);
        WindowFloats = Bytes(g, blockY, blockX, panelLanes) / sizeof(float);
    }

    /// <summary>Grid positions of a block.</summary>
    public int BlockY { get; }

    public int BlockX { get; }

    public int BlocksX { get; }

    public int N { get; }

    public int Lanes { get; }

    /// <summary>Size of a packed window of a full panel of lanes.</summary>
    public long WindowFloats { get; }

    /// <summary>Image and first grid position of a lane.</summary>
    public (int Image, int GridY, int GridX) Lane(int lane)
    {
        int block = lane / N;
        return (lane % N, block / BlocksX * BlockY, block % BlocksX * BlockX);
    }

    private static int Half(int x) => (x + 1) / 2;

    private static int Count(int length, int block) => (length + block - 1) / block;

    private static int Parts(in WindowGeometry g, int blockY, int panelLanes) => Count(g.N * Count(g.GridH, blockY), panelLanes);

    private static long Bytes(in WindowGeometry g, int blockY, int blockX, int panelLanes) =>
        (long)g.WindowLength(blockY) * g.WindowLength(blockX) * g.InC * panelLanes * sizeof(float);
}
