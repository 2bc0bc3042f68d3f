namespace Gan.Kernels.Cpu.Gemm;

/// <summary>The convolution kernels for one vector width: choice of method, packing of weights, parts.</summary>
internal static unsafe class Convolution<TOps, TVec>
    where TOps : struct, IVectorOps<TVec>
    where TVec : unmanaged
{
    /// <summary>Forward pass (or data gradient) of <paramref name="dims"/> from <paramref name="input"/> to <paramref name="output"/>.</summary>
    public static void Windowed(WorkerPool pool, float* input, float* weight, float* bias, float* output, ConvDims dims, bool dataGradient,
        WriteMode mode)
    {
        bool few = FewChannelConvolution<TOps, TVec>.Suits(dataGradient ? dims.Cin : dims.Cout);
        var g = new WindowGeometry(dims, dataGradient, few && dataGradient && dims.Kernel % dims.Stride == 0);
        bool accumulate = mode == WriteMode.Add;
        using Lock.Scope scope = pool.Exclusive();
        if (few && JointDataGradient<TOps, TVec>.Suits(g))
        {
            int band = JointDataGradient<TOps, TVec>.Band(g);
            float* packed = pool.Scratch.Shared(JointWeights.Length(g));
            WorkSize.Run(pool, new JointWeights(g, weight, packed), JointWeights.Parts(g), dims.WeightLength * 8);
            WorkSize.Run(pool, new JointDataGradient<TOps, TVec>(g, band, input, packed, bias, output, accumulate, pool.Scratch),
                JointDataGradient<TOps, TVec>.Parts(g, band), dims.Operations / 2);
        }
        else if (few)
        {
            var blocks = new WindowBlocks(g, 2 * TOps.Width, wholeRows: true);
            float* packed = pool.Scratch.Shared(FewChannelWeights.Length(g, TOps.Unit));
            WorkSize.Run(pool, new FewChannelWeights(g, TOps.Unit, weight, packed), FewChannelWeights.Parts(g), dims.WeightLength * 8);
            WorkSize.Run(pool, new FewChannelConvolution<TOps, TVec>(g, blocks, input, packed, bias, output, accumulate, pool.Scratch),
                FewChannelConvolution<TOps, TVec>.Parts(blocks), dims.Operations / 2);
        }
        else
        {
            var blocks = new WindowBlocks(g, 3 * TOps.Unit, wholeRows: false);
            float* packed = pool.Scratch.Shared(WeightPacker.Length(g, TOps.Width));
            WorkSize.Run(pool, new WeightPacker(g, TOps.Width, weight, packed), WeightPacker.Parts(g, TOps.Width), dims.WeightLength * 4);
            int chunk = WindowConvolution<TOps, TVec>.ChunkPanels(g, blocks, pool.Threads);
            WorkSize.Run(pool, new WindowConvolution<TOps, TVec>(g, blocks, chunk, input, packed, bias, output, accumulate, pool.Scratch),
                WindowConvolution<TOps, TVec>.Parts(g, blocks, chunk), dims.Operations / 2);
        }
    }

    /// <summary>
    /// Weight gradient: by taps over packed slabs where the channels fill the vectors, else as one product over all output pixels,
    /// dw[co, (kh, kw, ci)] = sum of dy[pixel, co] patch[pixel, (kh, kw, ci)]. With few input channels the patch takes the rows of that (16 taps of
    /// 3 channels are four tiles of 12) and the result is written transposed.
    /// </summary>
    public static void WeightGradient(WorkerPool pool, float* x, float* dy, float* dw, ConvDims dims, WriteMode mode)
    {
        int patch = dims.Kernel * dims.Kernel * dims.Cin, pixels = checked(dims.N * dims.OutH * dims.OutW);
        bool accumulate = mode == WriteMode.Add;
        if (pixels > 0 && WindowWeightGradient<TOps, TVec>.Suits(dims))
        {
            var plan = new WeightGradientPlan(dims, 3 * TOps.Unit, 2 * TOps.Width);
            using Lock.Scope scope = pool.Exclusive();
            float* partials = pool.Scratch.Shared(dims.WeightLength * plan.Chunks);
            WorkSize.Run(pool, new WindowWeightGradient<TOps, TVec>(dims, plan, x, dy, partials, pool.Scratch), plan.Parts, dims.Operations / 2);
            GemmReduce<TOps, TVec>.Run(pool, partials, dims.Cout * dims.Kernel * dims.Kernel, dims.Cin, plan.Chunks, null, dw, false, accumulate,
                dims.Kernel * dims.Kernel);
        }
        else if (pixels > 0 && FewChannelWeightGradient<TOps, TVec>.Suits(dims))
        {
            var plan = new FewChannelWeightPlan(dims);
            using Lock.Scope scope = pool.Exclusive();
            float* partials = pool.Scratch.Shared((long)dims.WeightLength * plan.Parts);
            WorkSize.Run(pool, new FewChannelWeightGradient<TOps, TVec>(dims, plan, x, dy, partials, pool.Scratch), plan.Parts, dims.Operations / 2);
            GemmReduce<TOps, TVec>.Run(pool, partials, patch, dims.Cout, plan.Parts, null, dw, transpose: true, accumulate);
        }
        else if (patch <= 96 && patch < dims.Cout)
        {
            MatrixProduct<TOps, TVec>.Packed(pool, new PatchSource(x, dims), new StepMajorSource(dy, dims.Cout), null, dw, patch, dims.Cout, pixels,
                accumulate, transpose: true);
        }
        else
        {
            MatrixProduct<TOps, TVec>.Packed(pool, new StepMajorSource(dy, dims.Cout), new PatchSource(x, dims), null, dw, dims.Cout, patch, pixels,
                accumulate, transpose: false);
        }
    }
}
