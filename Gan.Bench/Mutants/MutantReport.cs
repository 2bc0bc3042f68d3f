
namespace Gan.Bench.Mutants;

/// <summary>The committed list: docs/mutants.md.</summary>
internal static class MutantReport
{
    /// <summary>Reads reasons why mutants change nothing: a line each, <see cref="Mutant.Key"/>, a colon and the reason; '#' begins a comment.</summary>
    public static IReadOnlyDictionary<string, string> ReadEquivalents(string path)
    {
        Dictionary<string, string> reasons = [];
        foreach (string line in File.Exists(path) ? File.ReadAllLines(path) : [])
        {
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            if (colon > 0 && line[0] != '#')
            {
                reasons[line[..colon]] = line[(colon + 2)..].Trim();
            }
        }
        return reasons;
    }

    public static void Write(IReadOnlyList<MutantResult> results, IReadOnlyDictionary<string, string> equivalents, int seed, TextWriter output)
    {
        int caught = results.Count(static r => r.CaughtBy is not null);
        int equivalent = results.Count(r => r.CaughtBy is null && equivalents.ContainsKey(r.Mutant.Key));
        output.WriteLine("# Bugs planted in the CUDA kernels");
        output.WriteLine();
        output.WriteLine($"Made by `dotnet run -c Release --project Gan.Bench -- mutants --seed {seed} --count {results.Count} --out docs/mutants.md`, "
            + "which changes one line of the shipped PTX at a time and runs the test suite on it until a test fails.");
        output.WriteLine();
        output.WriteLine($"{results.Count} planted, {caught} caught, {equivalent} shown to change no result, {results.Count - caught - equivalent} missed.");
        output.WriteLine();
        output.WriteLine("| # | kernel | bug | line | becomes | found by |");
        output.WriteLine("| --- | --- | --- | --- | --- | --- |");
        foreach (MutantResult r in results)
        {
            string found = r.CaughtBy is { } test ? $"{Short(test)}: {Short(r.Reason)}" : equivalents.TryGetValue(r.Mutant.Key, out string? why) ? $"changes nothing: {why}" : "**missed**";
            string changed = r.Mutant.Changed.Length == 0 ? "" : $"`{Cell(r.Mutant.Changed)}`";
            output.WriteLine($"| {r.Mutant.Number} | {r.Mutant.File} {r.Mutant.Kernel} | {r.Mutant.Kind} | {r.Mutant.Line}: `{Cell(r.Mutant.Original)}` | {changed} | {Cell(found)} |");
        }
    }

    private static string Short(string text)
    {
        const int Longest = 160;
        text = text.Replace("Gan.Tests.", "", StringComparison.Ordinal);
        return text.Length <= Longest ? text : text[..Longest] + "...";
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace('\t', ' ');
}
