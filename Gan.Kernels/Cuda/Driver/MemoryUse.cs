namespace Gan.Kernels.Cuda.Driver;

/// <summary>Device memory that a launch uses.</summary>
/// <param name="Address">Where it begins.</param>
/// <param name="Bytes">How long it is.</param>
/// <param name="Writes">Whether the launch may write there; it may read in either case.</param>
internal readonly record struct MemoryUse(nint Address, long Bytes, bool Writes)
{
    /// <summary>Of a launch that did not say what it uses.</summary>
    public static readonly MemoryUse Anything = new(0, long.MaxValue, true);

    /// <summary>Whether the order of two launches matters because of these.</summary>
    public bool Conflicts(in MemoryUse other) => (Writes || other.Writes) && Address < other.Address + other.Bytes && other.Address < Address + Bytes;

    /// <summary>Whether the bytes lie inside and may be used so.</summary>
    public bool Allows(nint address, long bytes, bool writes) => (Writes || !writes) && address >= Address && address + bytes <= Address + Bytes;
}
