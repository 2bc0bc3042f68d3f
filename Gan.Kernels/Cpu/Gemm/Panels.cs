using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// How a number of rows is cut into row panels of 3, 2 or 1 units, and columns into panels of 2 or 1 vectors. A remainder of one unit is
/// evened out with the panel before it (12 + 4 becomes 8 + 8), because a one-unit tile has too few accumulators to hide the latency of the adds.
/// Panels are stored one after the other, so panel p begins at (first row) * (steps).
/// </summary>
internal static class Panels
{
    /// <summary>Number of row panels.</summary>
    public static int RowPanels(int rows, int unit) => (rows + 3 * unit - 1) / (3 * unit);

    /// <summary>First row and height in units of row panel <paramref name="index"/>.</summary>
    public static (int First, int Units) RowPanel(int rows, int unit, int index)
    {
        int count = RowPanels(rows, unit), tail = (rows - (count - 1) * 3 * unit + unit - 1) / unit;
        if (tail == 1 && count > 1)
        {
            return index < count - 2 ? (index * 3 * unit, 3) : ((count - 2) * 3 * unit + (index - count + 2) * 2 * unit, 2);
        }
        return (index * 3 * unit, index < count - 1 ? 3 : tail);
    }

    /// <summary>Rows with padding: what a packed operand's size is computed from.</summary>
    public static int PaddedRows(int rows, int unit) => (rows + unit - 1) / unit * unit;

    /// <summary>Number of column panels.</summary>
    public static int ColumnPanels(int columns, int width) => (columns + 2 * width - 1) / (2 * width);

    /// <summary>Vectors (1 or 2) of column panel <paramref name="index"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ColumnVectors(int columns, int width, int index) => columns - index * 2 * width > width ? 2 : 1;

    /// <summary>Columns with padding.</summary>
    public static int PaddedColumns(int columns, int width) => (columns + width - 1) / width * width;
}
