namespace Gan.Kernels.Cpu;

/// <summary>
/// Rows of a [rows, columns] matrix in blocks of about 256 KiB, so that a block read once stays in the second-level cache for a
/// second look. Depends on the sizes only.
/// </summary>
internal readonly struct RowBlocks
{
    private const int BlockElements = 64 * 1024;

    private readonly int _rowsPerBlock;

    public RowBlocks(int rows, int columns)
    {
        (Rows, Columns) = (rows, columns);
        _rowsPerBlock = Math.Max(8, BlockElements / Math.Max(columns, 1));
        Count = (int)(((long)rows + _rowsPerBlock - 1) / _rowsPerBlock);
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Number of blocks; 0 without rows.</summary>
    public int Count { get; }

    /// <summary>First row of a block.</summary>
    public int Begin(int block) => block * _rowsPerBlock;

    /// <summary>Rows of a block: the last may have fewer.</summary>
    public int Length(int block) => Math.Min(_rowsPerBlock, Rows - Begin(block));
}
