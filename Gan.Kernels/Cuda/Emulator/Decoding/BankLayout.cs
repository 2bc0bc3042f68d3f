namespace Gan.Kernels.Cuda.Emulator;

/// <summary>A constant in a warp's bank: the value is written to every lane before a launch.</summary>
/// <param name="Offset">Bytes from the bank's start.</param>
/// <param name="Value">The bits.</param>
/// <param name="Is64">64-bit lanes.</param>
/// <param name="GlobalVariable">When not null the value is this variable's device address plus <paramref name="Value"/>.</param>
internal readonly record struct BankConstant(int Offset, long Value, bool Is64, string? GlobalVariable);

/// <summary>Gives registers, constants and special registers their places in a warp's bank.</summary>
internal sealed class BankLayout
{
    private readonly Dictionary<(long Value, bool Is64, string? Variable), int> _constants = [];
    private readonly Dictionary<string, int> _special = [];
    private int _predicates;

    /// <summary>The always-true predicate.</summary>
    public const int True = 0;

    /// <summary>Space for this many predicates is kept at the start.</summary>
    public BankLayout(int predicates)
    {
        Bytes = ((4 * (predicates + 1)) + 63) / 64 * 64;
        _predicates = 4;
    }

    /// <summary>Size of the bank so far; a multiple of 64.</summary>
    public int Bytes { get; private set; }

    /// <summary>All constants.</summary>
    public List<BankConstant> Constants { get; } = [];

    /// <summary>Special registers in use, by name.</summary>
    public IReadOnlyDictionary<string, int> Special => _special;

    /// <summary>A place for a predicate, of those announced.</summary>
    public int Predicate()
    {
        _predicates += 4;
        return _predicates - 4;
    }

    /// <summary>A place for 32 lanes.</summary>
    public int Register(bool is64)
    {
        int offset = Bytes;
        Bytes += is64 ? Lanes.Bytes64 : Lanes.Bytes32;
        return offset;
    }

    /// <summary>The place of a constant; equal ones share it.</summary>
    public int Constant(long value, bool is64, string? globalVariable = null)
    {
        value = is64 ? value : (uint)value;
        if (!_constants.TryGetValue((value, is64, globalVariable), out int offset))
        {
            offset = Register(is64);
            _constants.Add((value, is64, globalVariable), offset);
            Constants.Add(new BankConstant(offset, value, is64, globalVariable));
        }

        return offset;
    }

    /// <summary>The place of a special register.</summary>
    public int SpecialRegister(string name)
    {
        if (!_special.TryGetValue(name, out int offset))
        {
            offset = Register(false);
            _special.Add(name, offset);
        }

        return offset;
    }
}
