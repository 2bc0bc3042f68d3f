namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Logic on predicates, whole warps at once as masks.</summary>
internal static unsafe class Predicates
{
    /// <summary>Immediate: 0 and, 1 or, 2 xor, 3 not a; plus 4 when a is negated, 8 when b is.</summary>
    public static void Run(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        uint x = *(uint*)a ^ ((immediate & 4) != 0 ? uint.MaxValue : 0), y = *(uint*)b ^ ((immediate & 8) != 0 ? uint.MaxValue : 0);
        *(uint*)d = (immediate & 3) switch { 0 => x & y, 1 => x | y, 2 => x ^ y, _ => ~x };
    }

    /// <summary>mov.pred from a number: all lanes the immediate's mask.</summary>
    public static void Set(byte* d, byte* a, byte* b, byte* c, long immediate) => *(uint*)d = (uint)immediate;
}
