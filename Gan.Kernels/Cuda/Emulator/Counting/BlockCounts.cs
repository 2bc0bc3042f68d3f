using System.Numerics;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Counts of one thread's blocks: per instruction, and of memory accesses.</summary>
/// <param name="instructions">Length of the kernel's code.</param>
/// <param name="cacheBytes">A block's share of the first-level cache.</param>
internal sealed unsafe class BlockCounts(int instructions, int cacheBytes)
{
    private const int Sector = 32, Banks = 32, BankBytes = 4;

    private readonly long[] _warps = new long[instructions];
    private readonly long[] _lanes = new long[instructions];
    private readonly FirstLevelCache _cache = new(cacheBytes);
    private long _sectorsFetched, _read, _written, _sectorsRead, _sectorsWritten, _sharedAccesses, _conflicts;

    /// <summary>Another block of the launch follows.</summary>
    public void BeginBlock() => _cache.Clear();

    /// <summary>Notes an instruction executed by the lanes of the mask.</summary>
    public void Instruction(long index, uint mask)
    {
        _warps[index]++;
        _lanes[index] += BitOperations.PopCount(mask);
    }

    /// <summary>Notes a global access of the lanes in the mask.</summary>
    public void Global(ulong* addresses, ulong offset, uint mask, int bytes, bool isRead)
    {
        Span<ulong> sectors = stackalloc ulong[Lanes.Count];
        int count = 0;
        for (uint m = mask; m != 0; m &= m - 1)
        {
            ulong sector = (addresses[BitOperations.TrailingZeroCount(m)] + offset) / Sector;
            if (!sectors[..count].Contains(sector))
            {
                sectors[count++] = sector;
                _sectorsFetched += isRead && !_cache.Read(sector) ? 1 : 0;
            }
        }

        (isRead ? ref _read : ref _written) += (long)bytes * BitOperations.PopCount(mask);
        (isRead ? ref _sectorsRead : ref _sectorsWritten) += count;
    }

    /// <summary>
    /// Notes a shared access: accesses of 8 and 16 bytes are served 16 and 8 lanes at a time; in each turn a bank gives one word a cycle, to all lanes that
    /// want it.
    /// </summary>
    public void Shared(ulong* addresses, ulong offset, uint mask, int bytes)
    {
        int lanesPerTurn = Math.Min(Lanes.Count, Banks * BankBytes / Math.Max(bytes, BankBytes));
        Span<ulong> words = stackalloc ulong[Banks * 4];
        Span<int> perBank = stackalloc int[Banks];
        _sharedAccesses++;
        for (int first = 0; first < Lanes.Count; first += lanesPerTurn)
        {
            perBank.Clear();
            int count = 0;
            for (int lane = first; lane < first + lanesPerTurn; lane++)
            {
                for (int part = 0; ((mask >> lane) & 1) != 0 && part < bytes; part += BankBytes)
                {
                    ulong word = (addresses[lane] + offset + (ulong)part) / BankBytes;
                    if (!words[..count].Contains(word))
                    {
                        words[count++] = word;
                        perBank[(int)(word % Banks)]++;
                    }
                }
            }

            int most = 0;
            foreach (int bank in perBank)
            {
                most = Math.Max(most, bank);
            }

            _conflicts += Math.Max(0, most - 1);
        }
    }

    /// <summary>Adds these counts, scaled, to a launch's.</summary>
    public void AddTo(LaunchCounters counters, PtxFunction function, double scale)
    {
        var statements = new Dictionary<int, PtxStatement>();
        foreach (PtxStatement statement in function.Statements)
        {
            statements.TryAdd(statement.Line, statement);
        }

        int lastLine = 0;
        for (int i = 0; i < function.Code.Length; i++)
        {
            // An instruction of PTX may be several here; the first stands for all.
            bool isStep = function.Code[i].Kind == InstructionKind.Join || function.Code[i].Line == lastLine;
            if (isStep || !statements.TryGetValue(function.Code[i].Line, out PtxStatement? statement))
            {
                continue;
            }

            lastLine = function.Code[i].Line;
            counters.WarpInstructions += _warps[i] * scale;
            counters.ByMnemonic[statement.Mnemonic] = counters.ByMnemonic.GetValueOrDefault(statement.Mnemonic) + (_warps[i] * scale);
            counters.FloatOperations += FloatOperations(statement) * _lanes[i] * scale;
            counters.TensorOperations += TensorOperations(statement) * _warps[i] * scale;
        }

        counters.GlobalBytesRead += _read * scale;
        counters.GlobalBytesWritten += _written * scale;
        counters.SectorsRead += _sectorsRead * scale;
        counters.SectorsFetched += _sectorsFetched * scale;
        counters.SectorsWritten += _sectorsWritten * scale;
        counters.SharedAccesses += _sharedAccesses * scale;
        counters.BankConflicts += _conflicts * scale;
    }

    private static int FloatOperations(PtxStatement statement) =>
        statement.Modifiers.Length == 0 || !PtxTypes.Parse(statement.Modifiers[^1]).IsFloat() ? 0 : statement.Opcode switch
        {
            "fma" or "mad" => 2,
            "add" or "sub" or "mul" or "div" or "sqrt" or "rcp" => 1,
            _ => 0,
        };

    /// <summary>Of one warp: mma's m16nNkK, a quarter of wgmma's m64nNkK.</summary>
    private static long TensorOperations(PtxStatement statement)
    {
        string? shape = statement.Opcode is "mma" or "wgmma" ? Array.Find(statement.Modifiers, m => m.Length > 4 && m[..4] is "m16n" or "m64n") : null;
        int[] extents = shape == null ? [0, 0] : [.. shape[4..].Split('k').Select(n => int.Parse(n, System.Globalization.CultureInfo.InvariantCulture))];
        return 2L * 16 * extents[0] * extents[1];
    }
}
