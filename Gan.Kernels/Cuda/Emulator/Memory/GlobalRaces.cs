using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// Finds two blocks of one launch that use the same word of global memory, one of them to write: blocks run in no order, so the result would be open. Stores of
/// less than 4 bytes and atomics are not watched. Slow, and for one thread only: tests turn it on.
/// </summary>
internal sealed unsafe class GlobalRaces
{
    private const int Several = -1;

    private readonly ConditionalWeakTable<Allocation, Use[]> _uses = [];
    private int _launch;

    /// <summary>Who used a word in a launch: block numbers plus 1, 0 for nobody.</summary>
    private struct Use
    {
        public int Launch, Writer, Reader;
    }

    /// <summary>Launches are in order with each other.</summary>
    public void NextLaunch() => _launch++;

    /// <summary>Notes a checked access of one lane.</summary>
    public void Note(Warp warp, Instruction* i, int lane, Allocation allocation, ulong offset, int bytes, bool isRead)
    {
        if (bytes < 4 && !isRead)
        {
            return;
        }

        Use[] uses = _uses.GetValue(allocation, a => new Use[(a.Capacity + 3) / 4]);
        int me = (int)warp.Block.BlockNumber + 1;
        for (ulong word = offset / 4; word < (offset + (ulong)bytes + 3) / 4; word++)
        {
            ref Use use = ref uses[word];
            if (use.Launch != _launch)
            {
                use = new Use { Launch = _launch };
            }

            bool isForeignWrite = use.Writer != 0 && use.Writer != me, isForeignRead = use.Reader != 0 && use.Reader != me;
            if (isForeignWrite || (!isRead && isForeignRead))
            {
                string other = isForeignWrite ? $"block {use.Writer - 1} writes" : use.Reader == Several ? "several blocks read" : $"block {use.Reader - 1} reads";
                warp.Fail(EmulatorErrorKind.GlobalRace, i, lane,
                    $"race: block {me - 1} {(isRead ? "reads" : "writes")} 0x{allocation.Base + (word * 4):x}, which {other} in the same launch");
            }

            if (isRead)
            {
                use.Reader = use.Reader == 0 || use.Reader == me ? me : Several;
            }
            else
            {
                use.Writer = me;
            }
        }
    }
}
