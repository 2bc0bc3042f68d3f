namespace Gan.Kernels.Cuda.Launch;

/// <summary>
/// The entries of one matrix product: files, name and compiled tiles for float32 and for tensor cores. <see cref="All"/> is what
/// the tests check against the entries in the PTX.
/// </summary>
/// <param name="Name">Start of the entries' names, and of the files' names up to an underscore for GEMM.</param>
/// <param name="File">Source file without suffix.</param>
/// <param name="AlongDepthA">Whether A lies [row][k].</param>
/// <param name="AlongDepthB">Whether B lies [row][k].</param>
/// <param name="Fp32Tiles">Tiles for float32.</param>
/// <param name="MmaTiles">Tiles for tensor cores, in TF32 and bfloat16 each.</param>
/// <param name="WarpgroupTiles">Those for warpgroups.</param>
internal sealed record ProductFamily(string Name, string File, bool AlongDepthA, bool AlongDepthB, ProductTile[] Fp32Tiles, ProductTile[] MmaTiles, ProductTile[] WarpgroupTiles)
{
    private static readonly ProductTile s_fp32Large = ProductTile.Fp32(128, 128, 4, 4, 8, 8, 96);
    private static readonly ProductTile s_fp32Middle = ProductTile.Fp32(64, 64, 4, 4, 8, 4, 80);
    private static readonly ProductTile s_fp32Any = ProductTile.Fp32(64, 64, 1, 1, 8, 4, 60);
    private static readonly ProductTile s_fp32Narrow = ProductTile.Fp32(128, 16, 4, 4, 4, 4, 60);
    private static readonly ProductTile s_mmaLarge = ProductTile.Mma(128, 128, 4, 4, 16, 4, 540);
    private static readonly ProductTile s_mmaTall = ProductTile.Mma(128, 64, 4, 4, 16, 4, 430);
    private static readonly ProductTile s_mmaMiddle = ProductTile.Mma(64, 64, 4, 4, 32, 3, 320);
    private static readonly ProductTile s_mmaAny = ProductTile.Mma(64, 64, 1, 1, 32, 3, 150);
    private static readonly ProductTile[] s_warpgroup = [ProductTile.Warpgroup(256, 128, 680), ProductTile.Warpgroup(128, 128, 500), ProductTile.Warpgroup(128, 64, 450)];

    private readonly ProductTile[] _tensorCoreTiles = [.. MmaTiles, .. WarpgroupTiles];

    /// <summary>a [m, k] b [k, n].</summary>
    public static readonly ProductFamily GemmNn = Gemm("gemm_nn", true, false);

    /// <summary>a [m, k] b^T, b stored [n, k].</summary>
    public static readonly ProductFamily GemmNt = Gemm("gemm_nt", true, true);

    /// <summary>a^T b, a stored [k, m].</summary>
    public static readonly ProductFamily GemmTn = Gemm("gemm_tn", false, false);

    /// <summary>a^T b^T: rare, so with one tile only.</summary>
    public static readonly ProductFamily GemmTt = new("gemm_tt", "gemm", false, true, [s_fp32Any], [s_mmaAny], []);

    /// <summary>Convolution.</summary>
    public static readonly ProductFamily ConvForward = new("conv_forward", "conv_forward", true, true,
        [s_fp32Large, s_fp32Middle, s_fp32Any, s_fp32Narrow],
        [s_mmaLarge, s_mmaTall, s_mmaMiddle, s_mmaAny, ProductTile.Mma(128, 8, 4, 4, 32, 3, 80)], s_warpgroup);

    /// <summary>Data gradient, one sub-pixel phase a block.</summary>
    public static readonly ProductFamily ConvDataGradient = new("conv_data_gradient", "conv_data_gradient", true, false,
        [s_fp32Large, s_fp32Middle, s_fp32Any, s_fp32Narrow, ProductTile.Fp32(256, 4, 4, 1, 2, 4, 30)],
        [s_mmaLarge, s_mmaTall, s_mmaMiddle, s_mmaAny, ProductTile.Mma(128, 8, 4, 1, 32, 3, 80)], [.. s_warpgroup, ProductTile.Warpgroup(256, 64, 480)]);

    /// <summary>Weight gradient.</summary>
    public static readonly ProductFamily ConvWeightGradient = new("conv_weight_gradient", "conv_weight_gradient", false, false,
        [s_fp32Large, s_fp32Middle, ProductTile.Fp32(64, 64, 4, 1, 8, 4, 70), s_fp32Any],
        [s_mmaLarge, s_mmaTall, s_mmaMiddle, ProductTile.Mma(64, 64, 4, 1, 32, 3, 250), s_mmaAny], [.. s_warpgroup, ProductTile.Warpgroup(128, 256, 720)]);

    /// <summary>Every family.</summary>
    public static readonly ProductFamily[] All = [GemmNn, GemmNt, GemmTn, GemmTt, ConvForward, ConvDataGradient, ConvWeightGradient];

    /// <summary>The tiles for a precision.</summary>
    /// <param name="precision">How products multiply.</param>
    /// <param name="warpgroups">Whether those for warpgroups are among them; not in float32.</param>
    public ProductTile[] Tiles(Precision precision, bool warpgroups = false) =>
        precision == Precision.Fp32 ? Fp32Tiles : warpgroups ? _tensorCoreTiles : MmaTiles;

    /// <summary>The entry of a tile.</summary>
    public KernelId Entry(ProductTile tile, Precision precision) => precision switch
    {
        Precision.Fp32 => new($"{File}.sm_70", $"{Name}_f32_{tile.Suffix}"),
        Precision.Tf32 => new(File + TensorCoreFile(tile), $"{Name}_tf32_{tile.Suffix}"),
        Precision.Bf16 => new(File + TensorCoreFile(tile), $"{Name}_bf16_{tile.Suffix}"),
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, "Precision is Fp32, Tf32 or Bf16."),
    };

    private static string TensorCoreFile(ProductTile tile) => tile.Kind == ProductTileKind.Warpgroup ? "_wgmma.sm_90a" : "_mma.sm_80";

    private static ProductFamily Gemm(string name, bool alongDepthA, bool alongDepthB) =>
        new(name, "gemm", alongDepthA, alongDepthB, [s_fp32Large, s_fp32Middle, s_fp32Any], [s_mmaLarge, s_mmaMiddle, s_mmaAny], s_warpgroup);
}
