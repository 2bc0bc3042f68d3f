using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// Finds two blocks of one launch that use the same word of global memory, one of them to write: blocks run in no order, so the result would be open. It is in order where the one
/// released what it did (a fence, then an atomic operation) and the other acquired it (an atomic operation on the same word, then a fence; PTX ISA, "Memory consistency model").
/// Stores of less than 4 bytes and atomics are not watched themselves. Slow, and for one thread only: tests turn it on.
/// </summary>
internal sealed unsafe class GlobalRaces
{
    private const int Several = -1;

    private readonly ConditionalWeakTable<Allocation, Use[]> _uses = [];
    private readonly Dictionary<ulong, HashSet<int>> _released = [];   // by the atomic's word: blocks, and what they had acquired
    private readonly HashSet<int> _acquired = [], _unfenced = [];      // by the running block; the latter by atomics with no fence behind them yet
    private readonly Dictionary<int, uint> _open = [];                 // its warps' accesses with no fence behind them yet: in which epoch the last one was
    private long _blocks;
    private int _launch, _running;

    /// <summary>Who used a word in a launch: block numbers plus 1, 0 for nobody.</summary>
    private struct Use
    {
        public int Launch, Writer, Reader;
    }

    /// <summary>Launches are in order with each other.</summary>
    public void NextLaunch(long blocks)
    {
        _launch++;
        _blocks = blocks;
        _running = 0;
        _released.Clear();
    }

    /// <summary>Notes a checked access of one lane.</summary>
    public void Note(Warp warp, Instruction* i, int lane, Allocation allocation, ulong offset, int bytes, bool isRead)
    {
        if (bytes < 4 && !isRead)
        {
            return;
        }

        Use[] uses = _uses.GetValue(allocation, a => new Use[(a.Capacity + 3) / 4]);
        int me = Begin(warp);
        _open[warp.Index] = warp.Block.Shared.Epoch;
        for (ulong word = offset / 4; word < (offset + (ulong)bytes + 3) / 4; word++)
        {
            ref Use use = ref uses[word];
            if (use.Launch != _launch)
            {
                use = new Use { Launch = _launch };
            }

            bool isForeignWrite = IsForeign(use.Writer), isForeignRead = IsForeign(use.Reader);
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

    /// <summary>Notes a fence of a warp: behind it is what it did itself, and what the block's others did before the last barrier.</summary>
    public void Fence(Warp warp)
    {
        Begin(warp);
        uint epoch = warp.Block.Shared.Epoch;
        foreach ((int index, uint last) in _open)
        {
            if (index == warp.Index || last < epoch)
            {
                _open.Remove(index);
            }
        }

        _acquired.UnionWith(_unfenced);
        _unfenced.Clear();
    }

    /// <summary>Notes an atomic operation, which hands on and takes over.</summary>
    public void Atomic(Warp warp, ulong address)
    {
        int me = Begin(warp);
        HashSet<int> released = ReleasedAt(address);
        _unfenced.UnionWith(released);
        if (_open.Count == 0)
        {
            released.Add(me);
            released.UnionWith(_acquired);
        }
    }

    private HashSet<int> ReleasedAt(ulong address) => _released.TryGetValue(address, out HashSet<int>? known) ? known : _released[address] = [];

    /// <summary>The running block's number plus 1.</summary>
    private int Begin(Warp warp)
    {
        int me = (int)warp.Block.BlockNumber + 1;
        if (_running != me)
        {
            _running = me;
            _acquired.Clear();
            _unfenced.Clear();
            _open.Clear();
        }

        return me;
    }

    /// <summary>Whether a use was another block's, or others', and nothing puts it before what the running one does now.</summary>
    private bool IsForeign(int user) => user != 0 && user != _running && !(user == Several ? _acquired.Count >= _blocks - 1 : _acquired.Contains(user));
}
