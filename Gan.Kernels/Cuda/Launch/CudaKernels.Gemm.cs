using System.Runtime.CompilerServices;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    /// <summary>From this length on a product with a single row or column runs as dot products, a block each.</summary>
    private const int LeastDotLength = 256;

    private static readonly KernelId s_dot = new("parts.sm_70", "gemm_dot");
    private static readonly KernelId s_sumParts = new("parts.sm_70", "sum_parts");
    private static readonly KernelId s_sumManyParts = new("parts.sm_70", "sum_many_parts");

    /// <summary>Chooses tile and parts of every product; tests put in others.</summary>
    internal ProductPlanner Planner { get; init; } = ProductPlan.Choose;

    public void MatMul(DeviceSpan<float> a, DeviceSpan<float> b, Epilogue epilogue, DeviceSpan<float> c, int m, int n, int k,
        bool transposeA, bool transposeB, WriteMode mode)
    {
        (a, b) = (Exactly(a, Elements(m, k)), Exactly(b, Elements(k, n)));
        (epilogue, c) = (Fitting(epilogue, mode, Elements(m, n), n), Exactly(c, Elements(m, n)));
        Multiply(a, b, epilogue, c, m, n, k, transposeA, transposeB, n, mode);
    }

    /// <summary>The epilogue with its bias and result checked.</summary>
    private static Epilogue Fitting(Epilogue epilogue, WriteMode mode, long outputLength, int length, [CallerMemberName] string kernel = "") => epilogue with
    {
        Bias = Optional(epilogue.BiasFor(mode, outputLength, kernel), length, "bias", kernel),
        Result = Here(epilogue.Result, "result", kernel),
    };

    /// <summary>What a product's kernels apply themselves; the rest is a pass behind them.</summary>
    private static Epilogue Fused(Epilogue epilogue) => epilogue.Activation switch
    {
        Activation.Relu or Activation.LeakyRelu => epilogue,
        Activation.Tanh or Activation.Sigmoid when !epilogue.Result.IsEmpty => epilogue,
        _ => epilogue.Bias,
    };

    private void Finish(DeviceSpan<float> y, Epilogue epilogue)
    {
        if (Fused(epilogue).Activation == Activation.Identity)
        {
            epilogue.Apply(this, y, y);
        }
    }

    /// <summary>c [m, n] (+)= f(op(a) op(b) + bias[column % biasPeriod]); the epilogue's f.</summary>
    private void Multiply(DeviceSpan<float> a, DeviceSpan<float> b, Epilogue epilogue, DeviceSpan<float> c, int m, int n, int k, bool transposeA,
        bool transposeB, int biasPeriod, WriteMode mode, [CallerMemberName] string kernel = "")
    {
        CheckIndexable(kernel, a.Length, b.Length, c.Length);
        if (c.Length == 0)
        {
            return;
        }
        (int strideA, int strideB) = (transposeA ? m : k, transposeB ? k : n);
        if ((m == 1 || n == 1) && k >= LeastDotLength && (!transposeA || m == 1) && (transposeB || n == 1))
        {
            bool loadWide = k % 4 == 0 && Aligned16(a) && Aligned16(b);
            Span<byte> dotMemory = stackalloc byte[KernelParameters.Capacity];
            KernelParameters dot = new(dotMemory);
            Epilogue fused = Fused(epilogue);
            dot.In(a).In(b).In(fused.Bias).In(fused.Result).Add(c)
                .AddStruct(new GemmShape(m, n, k, k, k, new(0, 0, 0, Flag(mode), biasPeriod, loadWide ? 1 : 0, fused.Activation, fused.Slope)));
            Context.Launch(s_dot, new Dim3(m * n), new Dim3(Threads), 8 * sizeof(float), dot);
            Finish(c, epilogue);
            return;
        }
        ProductFamily family = (transposeA, transposeB) switch
        {
            (false, false) => ProductFamily.GemmNn,
            (false, true) => ProductFamily.GemmNt,
            (true, false) => ProductFamily.GemmTn,
            (true, true) => ProductFamily.GemmTt,
        };
        ProductSizes sizes = new(m, n, k, 1, m * n, strideA % 4 == 0 && Aligned16(a), strideB % 4 == 0 && Aligned16(b));
        Product(family, sizes, a, b, epilogue, c, biasPeriod, mode, (ref KernelParameters parameters, ProductTiling tiling) =>
            parameters.AddStruct(new GemmShape(m, n, k, strideA, strideB, tiling)));
    }

    /// <summary>Adds a family's shape, completed by how the product is cut, to a launch's arguments.</summary>
    private delegate void AddShape(ref KernelParameters parameters, ProductTiling tiling);

    /// <summary>Queues a product: one launch, a second one that adds the parts where sums are split, and the activation where it is not fused.</summary>
    private void Product(ProductFamily family, ProductSizes sizes, DeviceSpan<float> a, DeviceSpan<float> b, Epilogue epilogue,
        DeviceSpan<float> c, int biasPeriod, WriteMode mode, AddShape addShape)
    {
        Precision precision = Context.Precision; // tensor cores are there: CudaDevice checks it when it opens
        ProductPlan plan = Planner(family.Tiles(precision, Context.Warpgroups), sizes, Context.Multiprocessors);
        Epilogue fused = Fused(epilogue);
        bool split = plan.Parts > 1, wide = sizes.N % 4 == 0 && Aligned16(c) && (fused.Result.IsEmpty || Aligned16(fused.Result));
        int tilesN = plan.TilesN(sizes.N), length = sizes.OutputLength;
        ProductTiling tiling = split
            ? new(tilesN, plan.PartDepth, length, 0, 1, sizes.N % 4 == 0 ? 1 : 0)
            : new(tilesN, plan.PartDepth, 0, Flag(mode), biasPeriod, wide ? 1 : 0, fused.Activation, fused.Slope);
        int tilesM = (int)(((long)sizes.M + plan.Tile.M - 1) / plan.Tile.M);
        int tiles = checked(tilesM * tilesN);
        Dim3 grid = new(tiles, plan.Parts, plan.Tile.BlocksOfPhases(sizes.Phases, (long)tiles * plan.Parts, Context.Multiprocessors));

        using DeviceBuffer? scratch = split ? Context.Scratch((long)plan.Parts * length * sizeof(float)) : null;
        DeviceSpan<float> parts = scratch is null ? default : new(scratch, 0, (long)plan.Parts * length);
        Span<byte> memory = stackalloc byte[KernelParameters.Capacity];
        KernelParameters parameters = new(memory);
        parameters.In(a).In(b).In(split ? default : fused.Bias).In(split ? default : fused.Result).Add(split ? parts : c);
        addShape(ref parameters, tiling);
        int shared = plan.Tile.SharedBytes(family.AlongDepthA, family.AlongDepthB);
        Context.Launch(family.Entry(plan.Tile, precision), grid, new Dim3(plan.Tile.Threads), shared, parameters, plan.Tile.BlocksAtOnce);
        if (split)
        {
            AddParts(parts, fused, c, plan.Parts, sizes.N, biasPeriod, mode);
        }
        Finish(c, epilogue);
    }

    /// <summary>c (+)= f(bias + the parts, added in order). Few elements of many parts take eight threads each.</summary>
    private void AddParts(DeviceSpan<float> parts, Epilogue fused, DeviceSpan<float> c, int count, int columns, int biasPeriod,
        WriteMode mode)
    {
        int length = (int)c.Length;
        bool many = count >= 16;
        Span<byte> memory = stackalloc byte[KernelParameters.Capacity];
        KernelParameters parameters = new(memory);
        parameters.In(parts).In(fused.Bias).In(fused.Result).Add(c).AddStruct(new PartsShape(length, count, columns, biasPeriod, Flag(mode), fused.Activation, fused.Slope));
        int perBlock = many ? 32 : Threads;
        Context.Launch(many ? s_sumManyParts : s_sumParts, new Dim3((int)(((long)length + perBlock - 1) / perBlock)), new Dim3(Threads),
            many ? Threads * sizeof(float) : 0, parameters);
    }

    private static int Flag(WriteMode mode) => mode == WriteMode.Add ? 1 : 0;

    private static bool Aligned16(DeviceSpan<float> span) => ((long)span.Address & 15) == 0;

    /// <summary>Offsets in products are 32-bit.</summary>
    private static void CheckIndexable(string kernel, params ReadOnlySpan<long> lengths)
    {
        foreach (long length in lengths)
        {
            if (length > int.MaxValue)
            {
                throw new ArgumentException($"{kernel}: a tensor has {length} elements; on a CUDA device matrix products and convolutions take "
                    + $"at most {int.MaxValue}. Use a smaller batch.");
            }
        }
    }
}
