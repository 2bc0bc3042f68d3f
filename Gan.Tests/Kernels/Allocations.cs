namespace Gan.Tests.Kernels;

/// <summary>Managed memory that a piece of code allocates on its own thread.</summary>
internal static class Allocations
{
    private const int Rounds = 10;

    /// <summary>
    /// Bytes of the round that allocated least, after one to warm up. What the code allocates itself it allocates in every round; a collection that another
    /// test causes meanwhile adds what was left of the thread's allocation buffer, up to 8 KiB, to the round it falls into.
    /// </summary>
    public static long Least(Action round)
    {
        round();
        long least = long.MaxValue;
        for (int i = 0; i < Rounds && least > 0; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
