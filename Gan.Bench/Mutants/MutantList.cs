using System.Text.RegularExpressions;

namespace Gan.Bench.Mutants;

/// <summary>Draws mutants of PTX files: the same ones for the same files and seed.</summary>
internal static partial class MutantList
{
    /// <summary>
    /// Goes round over the kinds of bug and, for each, over the files that have a place for it, and draws one place each time, until
    /// <paramref name="count"/> are planted or no place is left. No place is used twice.
    /// </summary>
    /// <param name="files">PTX texts by file name.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">Of the draws.</param>
    public static IReadOnlyList<Mutant> Draw(IReadOnlyDictionary<string, string> files, int count, int seed)
    {
        Random random = new(seed);
        List<(Mutation Mutation, Queue<(string File, List<Mutant> Places)> Files)> kinds = [];
        foreach (Mutation mutation in Mutation.All)
        {
            Queue<(string, List<Mutant>)> places = new();
            foreach ((string file, string text) in files.OrderBy(static f => f.Key, StringComparer.Ordinal).OrderBy(_ => random.Next()))
            {
                List<Mutant> found = Places(mutation, file, text);
                if (found.Count > 0)
                {
                    places.Enqueue((file, found));
                }
            }
            if (places.Count > 0)
            {
                kinds.Add((mutation, places));
            }
        }

        List<Mutant> drawn = [];
        while (drawn.Count < count && kinds.Count > 0)
        {
            for (int i = 0; i < kinds.Count && drawn.Count < count; i++)
            {
                (string file, List<Mutant> places) = kinds[i].Files.Dequeue();
                int at = random.Next(places.Count);
                Mutant mutant = places[at];
                places.RemoveAt(at);
                if (places.Count > 0)
                {
                    kinds[i].Files.Enqueue((file, places));
                }
                if (drawn.TrueForAll(d => (d.File, d.Line) != (mutant.File, mutant.Line)))
                {
                    drawn.Add(mutant with { Number = drawn.Count + 1 });
                }
            }
            kinds.RemoveAll(static k => k.Files.Count == 0);
        }
        return drawn;
    }

    /// <summary>Every bug that can be drawn.</summary>
    public static IEnumerable<Mutant> All(IReadOnlyDictionary<string, string> files) => Mutation.All.SelectMany(m => files.SelectMany(f => Places(m, f.Key, f.Value)));

    private static List<Mutant> Places(Mutation mutation, string file, string text)
    {
        List<Mutant> places = [];
        string kernel = "";
        Dictionary<string, int> copies = [];
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (Entry().Match(lines[i]) is { Success: true } entry)
            {
                kernel = entry.Groups[1].Value;
                copies.Clear();
            }
            string original = lines[i].Trim();
            copies[original] = copies.GetValueOrDefault(original) + 1;
            int comment = lines[i].IndexOf("//", StringComparison.Ordinal);
            string line = (comment < 0 ? lines[i] : lines[i][..comment]).TrimEnd();
            if (mutation.Pattern.Match(line) is { Success: true } match && mutation.Change(match).Trim() is var changed && changed != line.Trim())
            {
                places.Add(new Mutant(0, file, kernel, i + 1, mutation.Kind, original, changed, copies[original]));
            }
        }
        return places;
    }

    [GeneratedRegex(@"\.entry\s+(\w+)\(")]
    private static partial Regex Entry();
}
