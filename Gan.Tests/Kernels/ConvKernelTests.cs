using Gan.Kernels;
using Gan.Kernels.Cpu;
using Gan.Kernels.Cpu.Gemm;
using Xunit;


namespace Gan.Tests.Kernels;

/// <summary>The convolution kernels against loops in double precision, for every vector width.</summary>
public sealed unsafe class ConvKernelTests
{
    public static TheoryData<int> Widths => [.. GemmWidths.Supported.Select(w => (int)w)];

    [Theory, MemberData(nameof(Widths))]
    public void EveryKernelStrideAndPadding(int width)
    {
        using var pool = new WorkerPool(2);
        var random = new Random(21);
        for (int kernel = 1; kernel <= 5; kernel++)
        {
            for (int stride = 1; stride <= 3; stride++)
            {
                for (int padding = 0; padding <= 2; padding++)
                {
                    CheckAll(pool, random, ConvDims.Conv(random.Next(1, 4), random.Next(1, 9), random.Next(5, 12), random.Next(5, 12), random.Next(1, 9),
                        kernel, stride, padding), (GemmWidth)width);
                    CheckAll(pool, random, ConvDims.Transposed(random.Next(1, 15), random.Next(1, 40), random.Next(3, 6), random.Next(3, 7),
                        random.Next(1, 40), Math.Max(kernel, 2), stride, Math.Min(padding, 1), random.Next(stride)), (GemmWidth)width);
                }
            }
        }
    }

    [Theory, MemberData(nameof(Widths))]
    public void SpecialShapes(int width)
    {
        using var pool = new WorkerPool(2);
        var random = new Random(22);
        ConvDims[] cases =
        [
            ConvDims.Conv(1, 3, 16, 16, 64, 4, 2, 1), ConvDims.Conv(13, 3, 8, 10, 33, 4, 2, 1), ConvDims.Conv(33, 1, 8, 8, 16, 4, 2, 1),
            ConvDims.Conv(64, 3, 8, 8, 64, 4, 2, 1), ConvDims.Conv(12, 67, 8, 8, 33, 4, 2, 1), ConvDims.Conv(25, 16, 4, 4, 32, 4, 2, 1),
            ConvDims.Conv(1, 33, 67, 3, 5, 3, 1, 1), ConvDims.Conv(2, 3, 3, 67, 67, 3, 2, 2), ConvDims.Conv(5, 64, 4, 4, 1, 4, 1, 0),
            ConvDims.Conv(60, 20, 4, 4, 10, 4, 1, 0), ConvDims.Conv(7, 12, 5, 5, 31, 1, 1, 0), ConvDims.Conv(3, 6, 9, 9, 7, 1, 3, 0),
            ConvDims.Conv(2, 5, 9, 7, 6, 2, 3, 1), ConvDims.Conv(1, 1, 1, 1, 1, 1, 1, 0), ConvDims.Conv(1, 70, 24, 24, 20, 5, 1, 2),
            ConvDims.Transposed(31, 3, 5, 5, 3, 4, 2, 1), ConvDims.Transposed(2, 12, 4, 4, 12, 5, 3, 2, 2), ConvDims.Transposed(1, 100, 1, 1, 32, 4, 1, 0),
            ConvDims.Transposed(4, 9, 6, 5, 3, 3, 2, 1, 1), ConvDims.Transposed(40, 8, 3, 3, 4, 6, 3, 1, 1),
        ];
        foreach (ConvDims d in cases)
        {
            CheckAll(pool, random, d, (GemmWidth)width);
        }
    }

    /// <summary>
    /// Layers at an image's end of the network, as wide as the kernels for few channels want them: phases and channels that make 6 rows, kernel rows that
    /// make 9 to 12, paddings up to the kernel, images of odd size. Each in all four modes of writing.
    /// </summary>
    [Theory, MemberData(nameof(Widths))]
    public void FewChannels(int width)
    {
        using var pool = new WorkerPool(2);
        var random = new Random(25);
        ConvDims[] cases =
        [
            ConvDims.Conv(1, 3, 64, 64, 16, 4, 2, 1), ConvDims.Conv(2, 3, 36, 70, 32, 4, 2, 1), ConvDims.Conv(2, 3, 7, 34, 48, 4, 2, 2),
            ConvDims.Conv(1, 3, 10, 66, 16, 4, 2, 0), ConvDims.Conv(1, 6, 40, 40, 16, 5, 1, 2), ConvDims.Conv(3, 6, 5, 33, 17, 2, 1, 1),
            ConvDims.Conv(1, 2, 30, 60, 32, 6, 3, 2), ConvDims.Conv(1, 2, 48, 48, 19, 3, 3, 0), ConvDims.Conv(1, 3, 33, 35, 16, 4, 2, 1),
            // the last input row belongs to no window, so its gradient is zero
            ConvDims.Conv(2, 3, 33, 64, 16, 4, 2, 0), ConvDims.Conv(1, 3, 9, 66, 32, 2, 2, 0),
            ConvDims.Transposed(2, 20, 20, 32, 3, 4, 2, 1), ConvDims.Transposed(1, 37, 5, 33, 3, 2, 2, 0), ConvDims.Transposed(40, 4, 3, 16, 3, 4, 2, 1),
            ConvDims.Transposed(1, 5, 9, 17, 3, 6, 2, 1, 1), ConvDims.Conv(9, 4, 20, 12, 64, 3, 1, 1), ConvDims.Conv(1, 3, 4, 300, 32, 3, 1, 1),
        ];
        foreach (ConvDims d in cases)
        {
            for (int i = 0; i < 4; i++)
            {
                CheckAll(pool, random, d, (GemmWidth)width, i % 2 == 0 ? WriteMode.Write : WriteMode.Add, withBias: i >= 2);
            }
        }
    }

    [Theory, MemberData(nameof(Widths))]
    public void SameBitsForAnyNumberOfThreads(int width)
    {
        ConvDims[] cases =
        [
            ConvDims.Conv(16, 32, 16, 16, 64, 4, 2, 1), ConvDims.Conv(40, 3, 16, 16, 32, 4, 2, 1), ConvDims.Conv(3, 17, 13, 9, 21, 3, 1, 1),
            ConvDims.Conv(64, 64, 4, 4, 1, 4, 1, 0), ConvDims.Conv(5, 3, 64, 64, 32, 4, 2, 1),
        ];
        foreach (ConvDims d in cases)
        {
            var random = new Random(23);
            using var x = GuardedArray.Random((int)d.InputLength, random);
            using var w = GuardedArray.Random((int)d.WeightLength, random);
            using var dy = GuardedArray.Random((int)d.OutputLength, random);
            float[]?[] first = new float[]?[3];
            foreach (int threads in new[] { 1, 2, 3, 5 })
            {
                using var pool = new WorkerPool(threads);
                using var y = new GuardedArray((int)d.OutputLength);
                using var dx = new GuardedArray((int)d.InputLength);
                using var dw = new GuardedArray((int)d.WeightLength);
                CpuGemm.ConvForward(pool, x.Pointer, w.Pointer, null, y.Pointer, d, WriteMode.Write, (GemmWidth)width);
                CpuGemm.ConvDataGradient(pool, dy.Pointer, w.Pointer, null, dx.Pointer, d, WriteMode.Write, (GemmWidth)width);
                CpuGemm.ConvWeightGradient(pool, x.Pointer, dy.Pointer, dw.Pointer, d, WriteMode.Write, (GemmWidth)width);
                GuardedArray[] results = [y, dx, dw];
                for (int i = 0; i < 3; i++)
                {
                    first[i] ??= results[i].Span.ToArray();
                    Assert.True(results[i].Span.SequenceEqual(first[i]), $"{d}, kernel {i}: {threads} threads give other bits than 1.");
                }
            }
        }
    }

    [Fact]
    public void ScratchStaysAndNothingIsAllocated()
    {
        using var pool = new WorkerPool(1);
        ConvDims d = ConvDims.Conv(16, 32, 16, 16, 64, 4, 2, 1);
        var random = new Random(24);
        using var x = GuardedArray.Random((int)d.InputLength, random);
        using var w = GuardedArray.Random((int)d.WeightLength, random);
        using var y = GuardedArray.Random((int)d.OutputLength, random);
        void Step()
        {
            CpuGemm.ConvForward(pool, x.Pointer, w.Pointer, null, y.Pointer, d, WriteMode.Write);
            CpuGemm.ConvDataGradient(pool, y.Pointer, w.Pointer, null, x.Pointer, d, WriteMode.Write);
            CpuGemm.ConvWeightGradient(pool, x.Pointer, y.Pointer, w.Pointer, d, WriteMode.Write);
            x.Span.Fill(1);
            w.Span.Fill(1);
        }
        Step();
        long scratch = pool.Scratch.Bytes;
        Assert.Equal(0, Allocations.Least(Step));
        Assert.Equal(scratch, pool.Scratch.Bytes);
    }

    private static void CheckAll(WorkerPool pool, Random random, ConvDims d, GemmWidth width) =>
        CheckAll(pool, random, d, width, random.Next(2) == 0 ? WriteMode.Write : WriteMode.Add, random.Next(2) == 0);

    private static void CheckAll(WorkerPool pool, Random random, ConvDims d, GemmWidth width, WriteMode mode, bool withBias)
    {
        using var x = GuardedArray.Random((int)d.InputLength, random);
        using var w = GuardedArray.Random((int)d.WeightLength, random);
        using var dy = GuardedArray.Random((int)d.OutputLength, random);
        using var bias = GuardedArray.Random(Math.Max(d.Cout, d.Cin), random);
        float* pBias = withBias ? bias.Pointer : null;

        Check($"forward {d}, {mode}, bias {withBias}, {width}", random, NaiveConvolution.Forward(x.Span, w.Span, d), mode, withBias ? bias : null,
            d.Cout, d.Kernel * d.Kernel * d.Cin, y => CpuGemm.ConvForward(pool, x.Pointer, w.Pointer, pBias, (float*)y, d, mode, width));
        Check($"data gradient {d}, {mode}, bias {withBias}, {width}", random, NaiveConvolution.DataGradient(dy.Span, w.Span, d), mode,
            withBias ? bias : null, d.Cin, d.Kernel * d.Kernel * d.Cout,
            dx => CpuGemm.ConvDataGradient(pool, dy.Pointer, w.Pointer, pBias, (float*)dx, d, mode, width));
        Check($"weight gradient {d}, {mode}, {width}", random, NaiveConvolution.WeightGradient(x.Span, dy.Span, d), mode, null, 1,
            d.N * d.OutH * d.OutW, dw => CpuGemm.ConvWeightGradient(pool, x.Pointer, dy.Pointer, (float*)dw, d, mode, width));
    }

    private static void Check(string what, Random random, double[] expected, WriteMode mode, GuardedArray? bias, int channels, int terms, Action<nint> run)
    {
        using var output = GuardedArray.Random(expected.Length, random);
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] += (bias == null ? 0 : bias.Pointer[i % channels]) + (mode == WriteMode.Add ? output.Pointer[i] : 0);
        }
        run((nint)output.Pointer);
        output.AssertGuards(what);
        output.AssertClose(expected, terms, what);
    }
}
