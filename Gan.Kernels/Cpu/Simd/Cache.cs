using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Gan.Kernels.Cpu;

/// <summary>Hints to the caches.</summary>
internal static unsafe class Cache
{
    /// <summary>Fetches the line of an address, which need not be valid, into all cache levels; nothing where the processor has no such instruction here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }
}
