namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// What a block would find in its share of a multiprocessor's first-level cache: lines of 128 bytes, fetched in sectors of 32, the line that was not used for the longest time goes
/// first. Sizes are those of compute capability 9.0 (CUDA C++ Programming Guide, "Compute Capability 9.x"): 256 KiB, of which shared memory takes one of some fixed amounts.
/// A block starts with an empty cache, and its neighbours use as much as it does; hardware that lets blocks share lines finds more, one that fetches lines late less.
/// </summary>
internal sealed class FirstLevelCache(int bytes)
{
    private const int LineBytes = 128, SectorBytes = 32;
    private const int Total = 256 << 10, MostThreads = 2048, MostBlocks = 32, Reserved = 1 << 10;
    private static readonly int[] s_carveOuts = [0, 8, 16, 32, 64, 100, 132, 164, 196, 228]; // KiB

    private readonly int _lines = Math.Max(1, bytes / LineBytes);
    private readonly Dictionary<ulong, LinkedListNode<(ulong Line, uint Sectors)>> _places = [];
    private readonly LinkedList<(ulong Line, uint Sectors)> _byUse = [];

    /// <summary>Bytes of the cache that a block has for itself when as many blocks share the multiprocessor as fit, or as the kernel is compiled for.</summary>
    /// <param name="minBlocks">Blocks that the kernel is compiled for to share a multiprocessor, which takes its registers; 0 where it does not say.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="sharedBytes">Shared memory of a block.</param>
    /// <param name="carveOut">Shared memory that is wished for, in percent of the most; -1 without a preference.</param>
    public static int Share(int minBlocks, long threads, int sharedBytes, int carveOut)
    {
        int perBlock = sharedBytes + Reserved, most = s_carveOuts[^1] << 10, wished = carveOut < 0 ? most : Math.Max(perBlock, CarveOut(most * (carveOut / 100.0)));
        int blocks = (int)Math.Clamp(MostThreads / threads, 1, MostBlocks);
        blocks = Math.Min(blocks, Math.Max(1, wished / perBlock));
        blocks = minBlocks > 0 ? Math.Min(blocks, minBlocks) : blocks;
        return (Total - CarveOut(blocks * perBlock)) / blocks;
    }

    private static int CarveOut(double bytes) => Array.Find(s_carveOuts, k => k << 10 >= bytes) << 10;

    /// <summary>Forgets everything: another block begins.</summary>
    public void Clear()
    {
        _places.Clear();
        _byUse.Clear();
    }

    /// <summary>Reads a sector, by its number; whether it was there.</summary>
    public bool Read(ulong sector)
    {
        ulong line = sector / (LineBytes / SectorBytes);
        uint bit = 1u << (int)(sector % (LineBytes / SectorBytes));
        if (_places.TryGetValue(line, out LinkedListNode<(ulong Line, uint Sectors)>? node))
        {
            bool found = (node.ValueRef.Sectors & bit) != 0;
            node.ValueRef.Sectors |= bit;
            _byUse.Remove(node);
            _byUse.AddLast(node);
            return found;
        }
        if (_places.Count == _lines)
        {
            _places.Remove(_byUse.First!.Value.Line);
            _byUse.RemoveFirst();
        }
        _places[line] = _byUse.AddLast((line, bit));
        return false;
    }
}
