namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Comparison operators of setp (PTX ISA 8.5, section 9.3) to loops.</summary>
internal static unsafe class Comparisons
{
    /// <summary>The loop for an operator on a type; null when PTX has none.</summary>
    public static void* Code(string comparison, PtxType type, bool isCombined) => type switch
    {
        PtxType.U32 => Integer<uint>(comparison, isCombined),
        PtxType.S32 => Integer<int>(comparison, isCombined),
        PtxType.U64 => Integer<ulong>(comparison, isCombined),
        PtxType.S64 => Integer<long>(comparison, isCombined),
        PtxType.F32 => Float<float>(comparison, isCombined),
        PtxType.F64 => Float<double>(comparison, isCombined),
        _ => null,
    };

    private static void* Integer<T>(string comparison, bool isCombined) where T : unmanaged => comparison switch
    {
        "eq" => Pick<T, Equal<T>>(isCombined),
        "ne" => Pick<T, NotEqual<T>>(isCombined),
        "lt" or "lo" => Pick<T, Less<T>>(isCombined),
        "le" or "ls" => Pick<T, LessEqual<T>>(isCombined),
        "gt" or "hi" => Pick<T, Greater<T>>(isCombined),
        "ge" or "hs" => Pick<T, GreaterEqual<T>>(isCombined),
        _ => null,
    };

    private static void* Float<T>(string comparison, bool isCombined) where T : unmanaged => comparison switch
    {
        "eq" => Pick<T, Equal<T>>(isCombined),
        "ne" => Pick<T, OrderedNotEqual<T>>(isCombined),
        "lt" => Pick<T, Less<T>>(isCombined),
        "le" => Pick<T, LessEqual<T>>(isCombined),
        "gt" => Pick<T, Greater<T>>(isCombined),
        "ge" => Pick<T, GreaterEqual<T>>(isCombined),
        "equ" => Pick<T, Otherwise<T, OrderedNotEqual<T>>>(isCombined),
        "neu" => Pick<T, NotEqual<T>>(isCombined),
        "ltu" => Pick<T, Otherwise<T, GreaterEqual<T>>>(isCombined),
        "leu" => Pick<T, Otherwise<T, Greater<T>>>(isCombined),
        "gtu" => Pick<T, Otherwise<T, LessEqual<T>>>(isCombined),
        "geu" => Pick<T, Otherwise<T, Less<T>>>(isCombined),
        "num" => Pick<T, Ordered<T>>(isCombined),
        "nan" => Pick<T, Otherwise<T, Ordered<T>>>(isCombined),
        _ => null,
    };

    private static void* Pick<T, TOp>(bool isCombined) where T : unmanaged where TOp : struct, ICompare<T> => isCombined
        ? (delegate*<byte*, byte*, byte*, byte*, long, void>)&Lanes.CompareCombined<T, TOp>
        : (delegate*<byte*, byte*, byte*, byte*, long, void>)&Lanes.Compare<T, TOp>;
}

/// <summary>Kinds of testp.</summary>
internal enum FloatTest
{
    Finite, Infinite, Number, NotANumber, Normal, Subnormal,
}

/// <summary>testp: zero counts as normal (PTX ISA 8.5, section 9.7.3.1).</summary>
internal static unsafe class FloatTests
{
    public static void Single(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        uint mask = 0;
        for (int i = 0; i < Lanes.Count; i++)
        {
            float x = ((float*)a)[i];
            mask |= Of((FloatTest)immediate, float.IsFinite(x), float.IsNaN(x), float.IsNormal(x) || x == 0, float.IsSubnormal(x)) ? 1u << i : 0;
        }

        *(uint*)d = mask;
    }

    public static void Double(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        uint mask = 0;
        for (int i = 0; i < Lanes.Count; i++)
        {
            double x = ((double*)a)[i];
            mask |= Of((FloatTest)immediate, double.IsFinite(x), double.IsNaN(x), double.IsNormal(x) || x == 0, double.IsSubnormal(x)) ? 1u << i : 0;
        }

        *(uint*)d = mask;
    }

    private static bool Of(FloatTest test, bool finite, bool nan, bool normal, bool subnormal) => test switch
    {
        FloatTest.Finite => finite,
        FloatTest.Infinite => !finite && !nan,
        FloatTest.Number => !nan,
        FloatTest.NotANumber => nan,
        FloatTest.Normal => normal,
        _ => subnormal,
    };
}
