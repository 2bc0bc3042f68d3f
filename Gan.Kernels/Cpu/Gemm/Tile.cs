namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// One tile of C and what is summed into it: C[i, j] = sum over runs r and steps t of a[r * AStep + t * Rows + i] * b[r * BStep + t * Columns + j].
/// A matrix product has one run; a convolution has one per kernel row, because a kernel row of a patch is contiguous. A strided tile reads operands that
/// are not packed: a[r * AStep + t * AStride + i * ARow] and b[r * BStep + t * BStride + j].
/// </summary>
internal unsafe struct Tile
{
    /// <summary>Panel of A: the tile's rows side by side, step after step.</summary>
    public float* A;

    /// <summary>Panel of B: the tile's columns side by side, step after step.</summary>
    public float* B;

    /// <summary>Floats from one run's start to the next in A and in B.</summary>
    public nint AStep, BStep;

    /// <summary>Strided tiles only: floats from a row of A to the next, and from a step to the next in A and in B.</summary>
    public nint ARow, AStride, BStride;

    /// <summary>Number of runs, and steps in each. Either may be 0: then the tile is the bias or zero.</summary>
    public int Runs, Steps;

    /// <summary>
    /// Runs, and steps of a run, that are summed in one stretch before they are added to C; at least 1. Set by <see cref="TileRunner{TOps, TVec}"/>.
    /// </summary>
    public int RunsAtOnce, StepsAtOnce;

    /// <summary>Longest stretch in steps, or 0: chosen by the length of the tile's sum. For tiles that are only a part of a sum.</summary>
    public int Stretch;

    /// <summary>Row i of the tile is written at C + RowOffsets[i].</summary>
    public float* C;

    /// <summary>Offset of each row in floats.</summary>
    public nint* RowOffsets;

    /// <summary>Offset of a row that is not written.</summary>
    public static nint NoRow => nint.MinValue;

    /// <summary>Length of <see cref="RowOffsets"/>; rows beyond it are padding.</summary>
    public int RowCount;

    /// <summary>How many of the tile's rows are written: all, or some are missing from RowOffsets or marked <see cref="NoRow"/>.</summary>
    public int ValidRows;

    /// <summary>Columns that exist; the panel's rest is padding.</summary>
    public int ValidColumns;

    /// <summary>Added to every row, or null. Only ValidColumns elements are read.</summary>
    public float* Bias;

    /// <summary>Whether the old contents of C are added.</summary>
    public bool Accumulate;
}

/// <summary>Height of a tile and its width in vectors, as a type so that the JIT removes unused accumulators.</summary>
internal interface ITileShape
{
    /// <summary>Rows of a tile where a unit has <paramref name="unit"/>.</summary>
    static abstract int Rows(int unit);

    static abstract int Vectors { get; }

    /// <summary>Whether the operands are read where they lie, at strides, instead of from packed panels.</summary>
    static virtual bool Strided => false;
}

/// <summary>A shape whose operands are not packed.</summary>
internal readonly struct Strided<TShape> : ITileShape where TShape : struct, ITileShape
{
    public static int Rows(int unit) => TShape.Rows(unit);

    public static int Vectors => TShape.Vectors;

    static bool ITileShape.Strided => true;
}

internal readonly struct Tile3x2 : ITileShape
{
    public static int Rows(int unit) => 3 * unit;

    public static int Vectors => 2;
}

internal readonly struct Tile3x1 : ITileShape
{
    public static int Rows(int unit) => 3 * unit;

    public static int Vectors => 1;
}

internal readonly struct Tile2x2 : ITileShape
{
    public static int Rows(int unit) => 2 * unit;

    public static int Vectors => 2;
}

internal readonly struct Tile2x1 : ITileShape
{
    public static int Rows(int unit) => 2 * unit;

    public static int Vectors => 1;
}

internal readonly struct Tile1x2 : ITileShape
{
    public static int Rows(int unit) => unit;

    public static int Vectors => 2;
}

internal readonly struct Tile1x1 : ITileShape
{
    public static int Rows(int unit) => unit;

    public static int Vectors => 1;
}

/// <summary>Six rows whatever the width: enough accumulators to hide the latency of the adds, and 2 phases of 3 channels.</summary>
internal readonly struct Tile6x2 : ITileShape
{
    public const int Height = 6;

    public static int Rows(int unit) => Height;

    public static int Vectors => 2;
}

internal readonly struct Tile6x1 : ITileShape
{
    public static int Rows(int unit) => Tile6x2.Height;

    public static int Vectors => 1;
}
