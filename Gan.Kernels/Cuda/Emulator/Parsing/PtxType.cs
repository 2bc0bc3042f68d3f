namespace Gan.Kernels.Cuda.Emulator;

/// <summary>The fundamental types of PTX, and the packed or alternate float formats that some instructions name.</summary>
internal enum PtxType
{
    None, Pred, B8, B16, B32, B64, U8, U16, U32, U64, S8, S16, S32, S64, F16, F16x2, BF16, BF16x2, TF32, F32, F64,
}

/// <summary>Sizes and classes of types.</summary>
internal static class PtxTypes
{
    private static readonly Dictionary<string, PtxType> s_names = new()
    {
        ["pred"] = PtxType.Pred, ["b8"] = PtxType.B8, ["b16"] = PtxType.B16, ["b32"] = PtxType.B32, ["b64"] = PtxType.B64,
        ["u8"] = PtxType.U8, ["u16"] = PtxType.U16, ["u32"] = PtxType.U32, ["u64"] = PtxType.U64,
        ["s8"] = PtxType.S8, ["s16"] = PtxType.S16, ["s32"] = PtxType.S32, ["s64"] = PtxType.S64,
        ["f16"] = PtxType.F16, ["f16x2"] = PtxType.F16x2, ["bf16"] = PtxType.BF16, ["bf16x2"] = PtxType.BF16x2,
        ["tf32"] = PtxType.TF32, ["f32"] = PtxType.F32, ["f64"] = PtxType.F64,
    };

    /// <summary>The type of this name without its dot, or None.</summary>
    public static PtxType Parse(string name) => s_names.GetValueOrDefault(name);

    /// <summary>Bytes of a value in memory; 0 for a predicate.</summary>
    public static int Bytes(this PtxType type) => type switch
    {
        PtxType.B8 or PtxType.U8 or PtxType.S8 => 1,
        PtxType.B16 or PtxType.U16 or PtxType.S16 or PtxType.F16 or PtxType.BF16 => 2,
        PtxType.B64 or PtxType.U64 or PtxType.S64 or PtxType.F64 => 8,
        PtxType.Pred or PtxType.None => 0,
        _ => 4,
    };

    /// <summary>s8 to s64.</summary>
    public static bool IsSigned(this PtxType type) => type is PtxType.S8 or PtxType.S16 or PtxType.S32 or PtxType.S64;

    /// <summary>f16 to f64 and the alternate formats.</summary>
    public static bool IsFloat(this PtxType type) => type >= PtxType.F16;
}
