namespace Gan.Train.Cli;

/// <summary>Finds the name a typing error was meant for.</summary>
internal static class Suggestion
{
    /// <summary>The nearest candidate within a third of its length; null when none is that near.</summary>
    public static string? Nearest(string typed, IEnumerable<string> candidates) =>
        candidates
            .Select(candidate => (candidate, Distance: Distance(typed.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .Where(c => c.Distance <= Math.Max(1, Math.Max(typed.Length, c.candidate.Length) / 3))
            .OrderBy(c => c.Distance)
            .Select(c => c.candidate)
            .FirstOrDefault();

    /// <summary>Insertions, deletions, replacements and swaps of neighbours (Damerau-Levenshtein, optimal string alignment).</summary>
    internal static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }

                var replace = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replace, 1 + Math.Min(d[i - 1, j], d[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
