using System.Runtime.InteropServices;

namespace Gan.Kernels.Cpu;

/// <summary>
/// Asks Linux for 2 MiB pages behind a large block. Tiles of a convolution touch a row in each of a dozen images, which lie a multiple of the page
/// size apart; with 4 KiB pages each is an entry in the TLB. A wish, so failure is nothing to report.
/// </summary>
internal static unsafe partial class HugePages
{
    private const int MadvHugepage = 14; // MADV_HUGEPAGE of madvise(2)

    private static bool s_available = OperatingSystem.IsLinux();

    /// <summary>Advises huge pages for a block that starts on a page.</summary>
    public static void Advise(void* address, long bytes)
    {
        if (!s_available)
        {
            return;
        }
        try
        {
            _ = Madvise(address, (nuint)bytes, MadvHugepage);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            s_available = false;
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Madvise(void* address, nuint length, int advice);
}
