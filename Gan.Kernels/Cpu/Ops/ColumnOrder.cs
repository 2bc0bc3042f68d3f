using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>
/// In which order the sums of columns take the rows of a block: as they lie in memory, because a walk down several rows in turn leaves the hardware's
/// prefetching behind (a third of the bandwidth on Zen 4, where software prefetches don't make up for it). Some rows add up in registers, four vectors of
/// columns wide, and then go to sums in the first-level cache. Depends on the number of columns only, and every column is its own lane, so the width of
/// the vectors changes no bit.
/// </summary>
internal static unsafe class ColumnOrder
{
    /// <summary>Rows that add up in registers: 8 where a row is four 512-bit vectors at most, 1 where it is long enough to be read on its own.</summary>
    public static int RowsAtOnce(int columns) => columns switch
    {
        <= 64 => 8,
        < 256 => 2,
        _ => 1,
    };

    /// <summary>to[0 .. 4 TV.Count - 1] += a0, a1, a2, a3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddTo<TV>(float* to, TV a0, TV a1, TV a2, TV a3) where TV : unmanaged, ISimd<TV>
    {
        (TV.Load(to) + a0).Store(to);
        (TV.Load(to + TV.Count) + a1).Store(to + TV.Count);
        (TV.Load(to + 2 * TV.Count) + a2).Store(to + 2 * TV.Count);
        (TV.Load(to + 3 * TV.Count) + a3).Store(to + 3 * TV.Count);
    }
}
