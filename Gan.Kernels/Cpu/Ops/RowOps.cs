using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>A kernel over [rows, columns] whose result at (r, c) depends on its inputs there and on parameters of column c.</summary>
internal interface IRowwise
{
    /// <summary>Computes and stores elements i .. i + TV.Count - 1, which are columns c .. of one row.</summary>
    void At<TV>(long i, int c) where TV : unmanaged, ISimd<TV>;
}

/// <summary>A row-wise kernel over all rows, in blocks.</summary>
internal readonly struct RowwiseWork<TOp>(TOp op, RowBlocks blocks) : IVectorWork where TOp : struct, IRowwise
{
    private readonly TOp _op = op;

    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        TOp op = _op;
        int columns = blocks.Columns, begin = blocks.Begin(part), end = begin + blocks.Length(part);
        for (int r = begin; r < end; r++)
        {
            long row = (long)r * columns;
            int c = 0;
            for (; c <= columns - TV.Count; c += TV.Count)
            {
                op.At<TV>(row + c, c);
            }
            for (; c < columns; c++)
            {
                op.At<F32x1>(row + c, c);
            }
        }
    }
}

internal readonly unsafe struct AddBiasOp(float* x, float* bias, Output y) : IRowwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i, int c) where TV : unmanaged, ISimd<TV> => y.Store(i, TV.Load(x + i) + TV.Load(bias + c));
}
