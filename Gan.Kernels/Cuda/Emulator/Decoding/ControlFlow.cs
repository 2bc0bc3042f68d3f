namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// Where diverged lanes meet again: at the immediate post-dominator of their branch (Fung, Sham, Yuan, Aamodt 2007, "Dynamic warp formation", section 2).
/// Each such place gets a <see cref="InstructionKind.Join"/>.
/// </summary>
internal static class ControlFlow
{
    /// <summary>The code with joins put in, targets renumbered, and <see cref="Instruction.Reconvergence"/> of every branch set.</summary>
    public static Instruction[] AddJoins(Instruction[] code)
    {
        (int[] starts, int[] blockOf) = FindBlocks(code);
        int[] postDominator = PostDominators(Successors(code, starts, blockOf));
        var joins = new SortedSet<int>();
        for (int i = 0; i < code.Length; i++)
        {
            int meeting = code[i].Kind == InstructionKind.Branch ? postDominator[blockOf[i]] : -1;
            code[i].Reconvergence = meeting >= 0 && meeting < starts.Length ? starts[meeting] : -1;
            if (code[i].Kind == InstructionKind.Branch && code[i].Guard != BankLayout.True && code[i].Reconvergence >= 0)
            {
                joins.Add(code[i].Reconvergence);
            }
        }

        var result = new List<Instruction>(code.Length + joins.Count);
        var place = new int[code.Length];
        for (int i = 0; i < code.Length; i++)
        {
            place[i] = result.Count;
            if (joins.Contains(i))
            {
                result.Add(new Instruction { Kind = InstructionKind.Join, Line = code[i].Line, Guard = BankLayout.True });
            }

            result.Add(code[i]);
        }

        for (int i = 0; i < result.Count; i++)
        {
            Instruction instruction = result[i];
            if (instruction.Kind == InstructionKind.Branch)
            {
                instruction.Target = place[instruction.Target];
                instruction.Reconvergence = joins.Contains(instruction.Reconvergence) ? place[instruction.Reconvergence] : -1;
                result[i] = instruction;
            }
        }

        return [.. result];
    }

    /// <summary>First instructions of the blocks, and the block of each instruction.</summary>
    private static (int[] Starts, int[] BlockOf) FindBlocks(Instruction[] code)
    {
        var isStart = new bool[code.Length + 1];
        isStart[0] = true;
        for (int i = 0; i < code.Length; i++)
        {
            if (code[i].Kind == InstructionKind.Branch)
            {
                isStart[code[i].Target] = true;
            }

            if (code[i].Kind is InstructionKind.Branch or InstructionKind.Exit)
            {
                isStart[i + 1] = true;
            }
        }

        int[] starts = [.. Enumerable.Range(0, code.Length).Where(i => isStart[i])];
        var blockOf = new int[code.Length];
        for (int i = 0, block = -1; i < code.Length; i++)
        {
            block += isStart[i] ? 1 : 0;
            blockOf[i] = block;
        }

        return (starts, blockOf);
    }

    /// <summary>Successors of each block; number starts.Length is the kernel's end.</summary>
    private static List<int>[] Successors(Instruction[] code, int[] starts, int[] blockOf)
    {
        var successors = new List<int>[starts.Length + 1];
        for (int b = 0; b < starts.Length; b++)
        {
            int last = (b + 1 < starts.Length ? starts[b + 1] : code.Length) - 1;
            bool isGuarded = code[last].Guard != BankLayout.True;
            successors[b] = [];
            if (code[last].Kind == InstructionKind.Branch)
            {
                successors[b].Add(blockOf[code[last].Target]);
            }
            else if (code[last].Kind == InstructionKind.Exit)
            {
                successors[b].Add(starts.Length);
            }

            if (isGuarded || code[last].Kind is not (InstructionKind.Branch or InstructionKind.Exit))
            {
                successors[b].Add(b + 1 < starts.Length ? b + 1 : starts.Length);
            }
        }

        successors[^1] = [];
        return successors;
    }

    /// <summary>
    /// Immediate post-dominators (Cooper, Harvey, Kennedy 2001, "A simple, fast dominance algorithm", on the reversed graph); -1 for blocks from which
    /// the end cannot be reached.
    /// </summary>
    private static int[] PostDominators(List<int>[] successors)
    {
        int end = successors.Length - 1;
        var predecessors = new List<int>[successors.Length];
        for (int i = 0; i < successors.Length; i++)
        {
            predecessors[i] = [];
        }

        for (int i = 0; i < successors.Length; i++)
        {
            successors[i].ForEach(s => predecessors[s].Add(i));
        }

        (List<int> order, int[] number) = PostOrder(end, predecessors);
        var immediate = new int[successors.Length];
        Array.Fill(immediate, -1);
        immediate[end] = end;
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int k = order.Count - 2; k >= 0; k--)
            {
                int node = order[k], found = -1;
                foreach (int next in successors[node].Where(s => immediate[s] >= 0))
                {
                    found = found < 0 ? next : Intersect(found, next, immediate, number);
                }

                changed |= immediate[node] != found;
                immediate[node] = found;
            }
        }

        return immediate;
    }

    private static (List<int> Order, int[] Number) PostOrder(int root, List<int>[] edges)
    {
        var order = new List<int>();
        var number = new int[edges.Length];
        var isSeen = new bool[edges.Length];
        var stack = new Stack<(int Node, int Next)>();
        stack.Push((root, 0));
        isSeen[root] = true;
        while (stack.Count > 0)
        {
            (int node, int next) = stack.Pop();
            if (next < edges[node].Count)
            {
                stack.Push((node, next + 1));
                int child = edges[node][next];
                if (!isSeen[child])
                {
                    isSeen[child] = true;
                    stack.Push((child, 0));
                }
            }
            else
            {
                number[node] = order.Count;
                order.Add(node);
            }
        }

        return (order, number);
    }

    private static int Intersect(int a, int b, int[] immediate, int[] number)
    {
        while (a != b)
        {
            while (number[a] < number[b])
            {
                a = immediate[a];
            }

            while (number[b] < number[a])
            {
                b = immediate[b];
            }
        }

        return a;
    }
}
