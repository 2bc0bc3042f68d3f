using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    private const string ReductionFile = "reductions.sm_70";

    /// <summary>Elements that one block sums (Source/reduce.cuh).</summary>
    private const int SumPartLength = 64 * Threads;

    /// <summary>Columns of a block in the second launch of column sums (Source/columns.cuh).</summary>
    private const int FinishColumns = 8;

    public void Sum(DeviceSpan<float> x, float alpha, DeviceSpan<float> y, WriteMode mode)
    {
        long n = Here(x, nameof(x), nameof(Sum)).Length, parts = SumParts(n);
        y = AtLeast(y, 1);
        using DeviceBuffer? partials = PartialsOf<double>(parts, 1);
        DeviceSpan<double> sums = Span<double>(partials);
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        Launch(new(ReductionFile, "sum"), parts, parameters.Add(n).In(x).Add(alpha).Add(sums).Add(y).Add((int)mode));
        if (parts > 1)
        {
            parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(ReductionFile, "sum_finish"), 1, parameters.Add(parts).In(sums).Add(alpha).Add(y).Add((int)mode));
        }
    }

    public void SumRows(DeviceSpan<float> x, DeviceSpan<float> y, int rows, int columns, WriteMode mode)
    {
        (x, y) = (Exactly(x, Elements(rows, columns)), Exactly(y, columns));
        if (columns == 0)
        {
            return;
        }
        int fold = Fold(rows, columns);
        ColumnGrid grid = new(rows / fold, columns * fold);
        // parts [Parts, fold * columns] are as many as [Parts * fold, columns]
        int parts = grid.Parts * fold;
        using DeviceBuffer? partials = PartialsOf<float>(parts, columns);
        DeviceSpan<float> sums = Span<float>(partials);
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        parameters.Add(rows / fold).Add(columns * fold).Add(grid.Width).Add(grid.RowsPerPart).In(x).Add(sums);
        parameters.Add(parts > 1 ? sums : y).Add(parts > 1 ? 0 : (int)mode);
        Launch(new(ReductionFile, "sum_rows"), grid.ColumnBlocks, grid.Parts, parameters);
        if (parts > 1)
        {
            parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(ReductionFile, "sum_rows_finish"), FinishBlocks(columns), parameters.Add(parts).Add(columns).In(sums).Add(y).Add((int)mode));
        }
    }

    /// <summary>
    /// Rows that are taken as one, so that an image's three channels fill 16-byte accesses: [rows, 3] is [rows / 4, 12] too. 1 where the columns do so by
    /// themselves, or where it would only cost a second launch.
    /// </summary>
    private static int Fold(int rows, int columns)
    {
        int fold = columns % 4 == 0 ? 1 : columns % 2 == 0 ? 2 : 4;
        return rows >= 1024 && rows % fold == 0 && columns <= 1024 ? fold : 1;
    }

    public void AddBias(DeviceSpan<float> x, DeviceSpan<float> bias, DeviceSpan<float> y, int rows, int columns)
    {
        long n = Elements(rows, columns);
        (x, bias, y) = (Exactly(x, n), Exactly(bias, columns), Exactly(y, n));
        if (n == 0)
        {
            return;
        }
        ColumnGrid grid = new(rows, columns);
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        Launch(new(ReductionFile, "add_bias"), grid.ColumnBlocks, grid.RowBlocks(rows, FullCard),
            parameters.Add(rows).Add(columns).Add(grid.Width).In(x).In(bias).Add(y));
    }

    private static long SumParts(long n) => Math.Max(1, (n + SumPartLength - 1) / SumPartLength);

    private static int FinishBlocks(int columns) => (int)(((long)columns + FinishColumns - 1) / FinishColumns);

    /// <summary>Scratch for the results of several parts; null where one part writes the result itself.</summary>
    private DeviceBuffer? PartialsOf<T>(long parts, long elementsPerPart) where T : unmanaged =>
        parts > 1 ? Context.Scratch(parts * elementsPerPart * System.Runtime.CompilerServices.Unsafe.SizeOf<T>()) : null;

    private static DeviceSpan<T> Span<T>(DeviceBuffer? buffer) where T : unmanaged => buffer is null ? default : buffer.AsSpan<T>();

    /// <summary>Queues a kernel over blocks of columns and parts of rows.</summary>
    private void Launch(KernelId kernel, int columnBlocks, int parts, KernelParameters parameters) =>
        Context.Launch(kernel, new Dim3(columnBlocks, parts), new Dim3(Threads), 0, parameters);
}
