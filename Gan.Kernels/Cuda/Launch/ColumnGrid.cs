namespace Gan.Kernels.Cuda.Launch;

/// <summary>
/// How the blocks of a kernel lie over a [rows, columns] matrix whose columns are summed or have constants of their own (Source/columns.cuh). Follows from the sizes
/// alone, so that sums have one order on every card.
/// </summary>
internal readonly struct ColumnGrid
{
    private const int Threads = 256;
    private const int MostBlocks = 512; // four for each multiprocessor of a large card, 64 KiB of loads in flight there
    private const int RowsAtOnce = 4;

    public ColumnGrid(int rows, int columns)
    {
        int lanes = columns % 4 == 0 ? 4 : 1, groups = Math.Max(columns / lanes, 1);
        // Few rows: narrow blocks with many lines, 128 bytes wide, so that one part of rows has a few rows a thread and no second launch is needed.
        int widest = (rows <= 1024 ? 32 : 256) / lanes;
        ColumnBlocks = DivideUp(groups, widest);
        Width = DivideUp(groups, ColumnBlocks);
        Lines = Threads / Width;
        int mostParts = Math.Max(1, MostBlocks / ColumnBlocks), step = RowsAtOnce * Lines;
        RowsPerPart = (int)Math.Min(int.MaxValue, (long)DivideUp(Math.Max(1, DivideUp(rows, mostParts)), step) * step);
        Parts = Math.Max(1, DivideUp(rows, RowsPerPart));
    }

    /// <summary>Blocks side by side.</summary>
    public int ColumnBlocks { get; }

    /// <summary>Threads side by side in a block; each has four columns, or one where columns is no multiple of 4.</summary>
    public int Width { get; }

    /// <summary>Rows that a block reads at once.</summary>
    public int Lines { get; }

    /// <summary>Rows of a part, whose sums one row of blocks makes.</summary>
    public int RowsPerPart { get; }

    /// <summary>Parts of rows.</summary>
    public int Parts { get; }

    /// <summary>Blocks one below the other for a kernel whose results do not depend on their number: four rows a thread or more, at most a full card.</summary>
    public int RowBlocks(int rows, int blocksOfCard) =>
        Math.Clamp(DivideUp(rows, RowsAtOnce * Lines), 1, Math.Clamp(blocksOfCard / ColumnBlocks, 1, ushort.MaxValue));

    private static int DivideUp(int a, int b) => (int)(((long)a + b - 1) / b);
}
