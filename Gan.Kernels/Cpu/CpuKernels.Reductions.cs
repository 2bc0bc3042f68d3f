namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    public void Sum(DeviceSpan<float> x, float alpha, DeviceSpan<float> y, WriteMode mode)
    {
        float* px = Pointer(x, x.Length), py = AtLeast(y, 1);
        float sum = (float)(alpha * Total(new LoadTerm(px), x.Length));
        *py = mode == WriteMode.Add ? *py + sum : sum;
    }

    public void SumRows(DeviceSpan<float> x, DeviceSpan<float> y, int rows, int columns, WriteMode mode)
    {
        float* px = Pointer(x, Elements(rows, columns)), py = Pointer(y, columns);
        RowBlocks blocks = new(rows, columns);
        lock (_scratch.Lock)
        {
            float* partials = _scratch.Take<float>((long)blocks.Count * columns);
            Launch(new ColumnSumWork(px, partials, blocks), blocks.Count);
            Launch(new CombineColumnSums(partials, py, blocks, mode == WriteMode.Add), CombineColumnSums.Parts(columns));
        }
    }

    /// <summary>Sum of a term over n elements: blocks in parallel, their sums added in order.</summary>
    private double Total<TTerm>(TTerm term, long n) where TTerm : struct, ITerm
    {
        int blocks = SumWork<TTerm>.Blocks(n);
        lock (_scratch.Lock)
        {
            double* partials = _scratch.Take<double>(blocks);
            Launch(new SumWork<TTerm>(term, n, partials), blocks);
            double total = 0;
            for (int i = 0; i < blocks; i++)
            {
                total += partials[i];
            }
            return total;
        }
    }
}
