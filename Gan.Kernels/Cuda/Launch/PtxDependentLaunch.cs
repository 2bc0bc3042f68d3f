using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Gan.Kernels.Cuda.Launch;

/// <summary>
/// Kernels for programmatic dependent launch (CUDA Programming Guide, "Programmatic Dependent Launch"; PTX ISA, griddepcontrol), which compute capability 9.0 brought:
/// a grid may be brought onto the multiprocessors while the grid before it still works, and then waits there for it to end.
/// </summary>
internal static partial class PtxDependentLaunch
{
    /// <summary>The architecture and the PTX version that have the instruction.</summary>
    public const int Capability = 90;

    private const string Version = "7.8";

    /// <summary>
    /// First of all a grid waits until those before it have ended and their results can be seen; that makes it safe whatever it reads or writes, and so are grids further on, since a
    /// grid that has not waited has not ended. Then it lets the next one come.
    /// </summary>
    private const string Begin = " griddepcontrol.wait; griddepcontrol.launch_dependents;";

    private static readonly ConditionalWeakTable<string, string> s_texts = [];

    /// <summary>The text with this at the beginning of each kernel, for an architecture that knows it; lines keep their numbers. The same object each time for the same text.</summary>
    /// <param name="ptx">A PTX file, or a cut of one.</param>
    public static string Of(string ptx) => s_texts.GetValue(ptx, Add);

    private static string Add(string ptx)
    {
        string text = VersionDirective().Replace(ptx, static m =>
            System.Version.Parse(m.Groups[1].Value) < System.Version.Parse(Version) ? $".version {Version}" : m.Value, 1);
        text = TargetDirective().Replace(text, static m =>
            int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture) < Capability ? $".target sm_{Capability}" : m.Value, 1);
        return EntryBody().Replace(text, static m => m.Value + Begin);
    }

    [GeneratedRegex(@"^\.version (\d+\.\d+)", RegexOptions.Multiline)]
    private static partial Regex VersionDirective();

    [GeneratedRegex(@"^\.target sm_(\d+)", RegexOptions.Multiline)]
    private static partial Regex TargetDirective();

    [GeneratedRegex(@"\.entry\b[^{]*\{")]
    private static partial Regex EntryBody();
}
