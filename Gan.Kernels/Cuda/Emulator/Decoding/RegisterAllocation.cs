using System.Numerics;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// Puts registers that are never live together into one place, by linear scan over live intervals (Poletto, Sarkar 1999, "Linear scan register allocation").
/// clang numbers a new register for every value, and a bank of thousands of registers would not fit the processor's cache. Liveness counts for each lane on its
/// own: instructions leave inactive lanes alone, so lanes that wait elsewhere keep their values.
/// </summary>
internal static class RegisterAllocation
{
    /// <summary>For each register a slot number within its class (32-bit or 64-bit); predicates get -1.</summary>
    public static int[] Assign(PtxKernelSyntax kernel)
    {
        (int[] first, int[] last) = Intervals(kernel);
        var slots = new int[kernel.Registers.Count];
        Array.Fill(slots, -1);
        for (int bytes = 4; bytes <= 8; bytes += 4)
        {
            var free = new PriorityQueue<int, int>();
            var active = new PriorityQueue<int, int>(); // slot by the interval's end
            int used = 0;
            foreach (PtxRegister register in kernel.Registers.Where(r => Class(r) == bytes && first[r.Index] <= last[r.Index]).OrderBy(r => first[r.Index]))
            {
                while (active.TryPeek(out int ended, out int end) && end < first[register.Index])
                {
                    active.Dequeue();
                    free.Enqueue(ended, ended);
                }

                int slot = free.Count > 0 ? free.Dequeue() : used++;
                slots[register.Index] = slot;
                active.Enqueue(slot, last[register.Index]);
            }
        }

        return slots;
    }

    /// <summary>Registers that a statement writes: those of its first operand, unless that is an address or the opcode has no result.</summary>
    public static IEnumerable<PtxRegister> Results(PtxStatement statement) =>
        statement.Opcode is "st" or "bra" or "bar" or "red" || statement.Operands.Count == 0 || statement.Operands[0].Kind == PtxOperandKind.Address
            ? []
            : Registers(statement.Operands[0]);

    private static IEnumerable<PtxRegister> Reads(PtxStatement statement)
    {
        int firstRead = Results(statement).Any() ? 1 : 0;
        IEnumerable<PtxRegister> reads = statement.Operands.Skip(firstRead).SelectMany(Registers);

        // A guarded result keeps its old value in other lanes.
        return statement.Guard == null ? reads : reads.Append(statement.Guard.Register).Concat(Results(statement));
    }

    /// <summary>All registers of an operand.</summary>
    public static IEnumerable<PtxRegister> Registers(PtxOperand operand) =>
        operand.Register != null ? [operand.Register] : operand.Parts.SelectMany(Registers);

    private static int Class(PtxRegister register) => register.Type == PtxType.Pred ? 0 : register.Type.Bytes() == 8 ? 8 : 4;

    /// <summary>First and last statement at which each register may be live; first > last for unused ones.</summary>
    private static (int[] First, int[] Last) Intervals(PtxKernelSyntax kernel)
    {
        int registers = kernel.Registers.Count, words = (registers + 63) / 64;
        int[] starts = BlockStarts(kernel);
        int blocks = starts.Length - 1;
        var read = new ulong[blocks][];
        var written = new ulong[blocks][];
        var liveIn = new ulong[blocks][];
        int[] first = new int[registers], last = new int[registers];
        Array.Fill(first, int.MaxValue);
        Array.Fill(last, -1);
        for (int b = 0; b < blocks; b++)
        {
            (read[b], written[b], liveIn[b]) = (new ulong[words], new ulong[words], new ulong[words]);
            for (int s = starts[b]; s < starts[b + 1]; s++)
            {
                foreach (PtxRegister register in Reads(kernel.Statements[s]))
                {
                    Extend(register.Index, s);
                    read[b][register.Index >> 6] |= ~written[b][register.Index >> 6] & (1ul << register.Index);
                }

                foreach (PtxRegister register in Results(kernel.Statements[s]))
                {
                    Extend(register.Index, s);
                    written[b][register.Index >> 6] |= 1ul << register.Index;
                }
            }
        }

        int[][] successors = Successors(kernel, starts);
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int b = blocks - 1; b >= 0; b--)
            {
                for (int w = 0; w < words; w++)
                {
                    ulong live = read[b][w] | (LiveOut(successors[b], liveIn, w) & ~written[b][w]);
                    changed |= live != liveIn[b][w];
                    liveIn[b][w] = live;
                }
            }
        }

        for (int b = 0; b < blocks; b++)
        {
            for (int w = 0; w < words; w++)
            {
                ForEach(liveIn[b][w], w, r => Extend(r, starts[b]));
                ForEach(LiveOut(successors[b], liveIn, w), w, r => Extend(r, starts[b + 1] - 1));
            }
        }

        // A product under way uses its registers until it is waited for, wherever that is.
        foreach (PtxRegister register in kernel.Statements.SelectMany(RegisterSets.Lists).SelectMany(Registers))
        {
            Extend(register.Index, 0);
            Extend(register.Index, kernel.Statements.Count - 1);
        }

        return (first, last);

        void Extend(int register, int statement)
        {
            first[register] = Math.Min(first[register], statement);
            last[register] = Math.Max(last[register], statement);
        }
    }

    private static ulong LiveOut(int[] successors, ulong[][] liveIn, int word)
    {
        ulong live = 0;
        foreach (int next in successors)
        {
            live |= liveIn[next][word];
        }

        return live;
    }

    private static void ForEach(ulong bits, int word, Action<int> action)
    {
        for (; bits != 0; bits &= bits - 1)
        {
            action((word * 64) + BitOperations.TrailingZeroCount(bits));
        }
    }

    /// <summary>First statements of the blocks, and the number of statements.</summary>
    private static int[] BlockStarts(PtxKernelSyntax kernel)
    {
        int count = kernel.Statements.Count;
        var starts = new SortedSet<int>(kernel.Labels.Values.Where(s => s < count)) { 0, count };
        for (int s = 0; s + 1 < count; s++)
        {
            if (kernel.Statements[s].Opcode is "bra" or "ret" or "exit")
            {
                starts.Add(s + 1);
            }
        }

        return [.. starts];
    }

    private static int[][] Successors(PtxKernelSyntax kernel, int[] starts)
    {
        var successors = new int[starts.Length - 1][];
        for (int b = 0; b < successors.Length; b++)
        {
            PtxStatement end = kernel.Statements[starts[b + 1] - 1];
            var next = new List<int>();
            if (end.Opcode == "bra" && kernel.Labels.TryGetValue(end.Operands.Count > 0 ? end.Operands[0].Name : "", out int target) && target < starts[^1])
            {
                next.Add(Array.BinarySearch(starts, target));
            }

            bool falls = end.Guard != null || end.Opcode is not ("bra" or "ret" or "exit");
            if (falls && b + 1 < successors.Length)
            {
                next.Add(b + 1);
            }

            successors[b] = [.. next];
        }

        return successors;
    }
}
