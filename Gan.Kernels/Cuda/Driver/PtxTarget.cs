using System.Globalization;

namespace Gan.Kernels.Cuda.Driver;

/// <summary>The architecture that PTX is for (PTX ISA, directive .target).</summary>
/// <param name="Capability">10 * major + minor.</param>
/// <param name="Exactly">Whether no other architecture runs it: "sm_90a". Without the letter newer ones do.</param>
internal readonly record struct PtxTarget(int Capability, bool Exactly)
{
    private const string Prefix = "sm_";

    /// <summary>Whether a device can run it.</summary>
    public bool RunsOn(int capability) => Exactly ? capability == Capability : capability >= Capability;

    /// <summary>Reads a name such as "sm_70" or "sm_90a".</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out PtxTarget target)
    {
        bool exactly = name.EndsWith("a", StringComparison.Ordinal);
        ReadOnlySpan<char> number = name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..(exactly ? ^1 : ^0)] : "";
        bool isTarget = int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int capability);
        target = new(capability, exactly);
        return isTarget;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Prefix}{Capability}{(Exactly ? "a" : "")}";
}
