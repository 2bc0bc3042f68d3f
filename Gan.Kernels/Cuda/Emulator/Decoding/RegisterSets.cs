namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// The lists of registers that a kernel's wgmma.mma_async name, as accumulators or as fragments of A: their use has an order of its own
/// (PTX ISA 8.5, section 9.7.15.7), which is watched a list at a time.
/// </summary>
internal sealed class RegisterSets
{
    private readonly List<HashSet<int>> _sets = [];
    private readonly Dictionary<string, int> _numbers = [];
    private readonly Dictionary<int, List<int>> _ofRegister = [];

    private RegisterSets()
    {
    }

    /// <summary>For each list the others that share a register with it, and itself first.</summary>
    public int[][] Overlaps { get; private set; } = [];

    /// <summary>The lists of a kernel; null when it has no wgmma.</summary>
    public static RegisterSets? Of(PtxKernelSyntax kernel)
    {
        var sets = new RegisterSets();
        foreach (PtxOperand list in kernel.Statements.SelectMany(Lists))
        {
            sets.Add(list);
        }

        sets.Overlaps = [.. sets._sets.Select((set, k) => (int[])[k, .. Enumerable.Range(0, sets._sets.Count).Where(o => o != k && sets._sets[o].Overlaps(set))])];
        return sets._sets.Count > 0 ? sets : null;
    }

    /// <summary>The lists that a statement hands to a product under way: registers that it uses after the statement.</summary>
    public static IEnumerable<PtxOperand> Lists(PtxStatement statement) =>
        statement is { Opcode: "wgmma", Modifiers: ["mma_async", ..] } ? statement.Operands.Take(2).Where(o => o.Kind == PtxOperandKind.Vector) : [];

    /// <summary>Number of a list.</summary>
    public int Number(PtxOperand list) => _numbers[Key(list)];

    /// <summary>For each list of which an ordinary statement uses a register: twice its number, and 1 more when it writes.</summary>
    public IEnumerable<int> Used(PtxStatement statement)
    {
        var written = new HashSet<int>(RegisterAllocation.Results(statement).SelectMany(Sets));
        return statement.Operands.SelectMany(RegisterAllocation.Registers).SelectMany(Sets).Distinct().Select(s => (2 * s) + (written.Contains(s) ? 1 : 0));
    }

    private IEnumerable<int> Sets(PtxRegister register) => _ofRegister.TryGetValue(register.Index, out List<int>? sets) ? sets : [];

    private void Add(PtxOperand list)
    {
        if (!_numbers.TryAdd(Key(list), _sets.Count))
        {
            return;
        }

        var registers = new HashSet<int>(RegisterAllocation.Registers(list).Select(r => r.Index));
        foreach (int register in registers)
        {
            if (!_ofRegister.TryGetValue(register, out List<int>? sets))
            {
                _ofRegister.Add(register, sets = []);
            }

            sets.Add(_sets.Count);
        }

        _sets.Add(registers);
    }

    private static string Key(PtxOperand list) => string.Join(',', RegisterAllocation.Registers(list).Select(r => r.Index));
}
