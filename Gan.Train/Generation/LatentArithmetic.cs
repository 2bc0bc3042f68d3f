using System.Globalization;
using Gan.Train.Settings;

namespace Gan.Train.Generation;

/// <summary>A set of latents whose mean is added or subtracted.</summary>
/// <param name="Sign">1 or -1.</param>
/// <param name="Rows">Numbers of the images, as in their file names.</param>
internal sealed record LatentTerm(int Sign, IReadOnlyList<int> Rows);

/// <summary>
/// Arithmetic on latents (Radford et al. 2015, section 6.3.2): mean(A) - mean(B) + mean(C), where each set holds a few images that show the same thing. One image a set is
/// unstable there; three are enough.
/// </summary>
internal sealed class LatentArithmetic
{
    /// <summary>Images a set.</summary>
    public const int MaxRows = 32;

    private const int MaxTerms = 16;

    private LatentArithmetic(IReadOnlyList<LatentTerm> terms) => Terms = terms;

    public IReadOnlyList<LatentTerm> Terms { get; }

    /// <summary>Reads "0,3,5 - 2,9 + 1,4": sets of image numbers between plus and minus.</summary>
    /// <exception cref="UsageException">Anything else.</exception>
    public static LatentArithmetic Parse(string text)
    {
        List<LatentTerm> terms = [];
        int at = 0, sign = 1;
        while (at < text.Length)
        {
            int end = text.IndexOfAny(['+', '-'], at);
            end = end < 0 ? text.Length : end;
            string set = text[at..end];
            bool leadingSign = terms.Count == 0 && string.IsNullOrWhiteSpace(set) && end < text.Length;
            if (!leadingSign)
            {
                terms.Add(new LatentTerm(sign, [.. set.Split(',').Select(number => Number(number, text))]));
            }
            if (end == text.Length - 1)
            {
                throw Bad(text, "it ends in a sign");
            }
            sign = end < text.Length && text[end] == '-' ? -1 : 1;
            at = end + 1;
        }
        return terms.Count is >= 1 and <= MaxTerms && terms.TrueForAll(static t => t.Rows.Count <= MaxRows)
            ? new LatentArithmetic(terms)
            : throw Bad(text, $"1 to {MaxTerms} sets of 1 to {MaxRows} images are possible");
    }

    /// <summary>Refuses images that are not made.</summary>
    /// <exception cref="UsageException">One is not.</exception>
    public void CheckRows(int count)
    {
        if (Terms.SelectMany(static t => t.Rows).FirstOrDefault(r => r >= count, -1) is >= 0 and var missing)
        {
            throw new UsageException($"--arithmetic: image {missing} is not among the {count} of --count (0 to {count - 1}); give a larger --count.");
        }
    }

    /// <summary>The mean of each set, and the result.</summary>
    /// <param name="latents">[count, nz].</param>
    /// <param name="nz">Length of a latent.</param>
    public (float[][] Means, float[] Result) Evaluate(ReadOnlySpan<float> latents, int nz)
    {
        var means = new float[Terms.Count][];
        var result = new double[nz];
        for (int t = 0; t < Terms.Count; t++)
        {
            means[t] = new float[nz];
            for (int i = 0; i < nz; i++)
            {
                double sum = 0;
                foreach (int row in Terms[t].Rows)
                {
                    sum += latents[row * nz + i];
                }
                double mean = sum / Terms[t].Rows.Count;
                means[t][i] = (float)mean;
                result[i] += Terms[t].Sign * mean;
            }
        }
        return (means, [.. result.Select(static v => (float)v)]);
    }

    private static int Number(string text, string whole) =>
        int.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : throw Bad(whole, $"'{text.Trim()}' is no image number");

    private static UsageException Bad(string text, string why) => new($"--arithmetic {text}: {why}; write sets of image numbers, such as \"0,3,5 - 2,9,11 + 1,4,7\".");
}
