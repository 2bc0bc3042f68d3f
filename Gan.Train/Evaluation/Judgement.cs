using System.Globalization;

namespace Gan.Train.Evaluation;

/// <summary>One measured number.</summary>
/// <param name="Key">In the JSON file.</param>
/// <param name="Label">On the console.</param>
/// <param name="Value">Of the generated images against the first half of the real ones, or of the generated images alone.</param>
/// <param name="Real">The same of the second half of the real ones: what a perfect generator would get.</param>
/// <param name="Better">Which way is better.</param>
internal sealed record Measured(string Key, string Label, double Value, double Real, string Better);

/// <summary>What the classifier did.</summary>
internal sealed record ClassifierResult(int Classes, int Training, int HeldOut, double Accuracy);

/// <summary>All that an evaluation found.</summary>
/// <param name="Count">Images on each side.</param>
/// <param name="Numbers">In the order they are shown.</param>
/// <param name="Classifier">Null without labels.</param>
/// <param name="Notes">What was left out, and why; what to be careful about.</param>
internal sealed record Judgement(int Count, IReadOnlyList<Measured> Numbers, ClassifierResult? Classifier, IReadOnlyList<string> Notes)
{
    /// <summary>The table for the console.</summary>
    public IEnumerable<string> Lines()
    {
        int width = Numbers.Count == 0 ? 0 : Numbers.Max(static n => n.Label.Length);
        yield return $"{"".PadRight(width)}   generated        real   better";
        foreach (Measured n in Numbers)
        {
            yield return $"{n.Label.PadRight(width)}  {Text(n.Value),10}  {Text(n.Real),10}   {n.Better}";
        }
        yield return $"Each side {Count} images. real: the other half of the real images in the generated ones' place.";
        foreach (string note in Notes)
        {
            yield return $"note: {note}";
        }
    }

    private static string Text(double value) => value.ToString(Math.Abs(value) >= 100 ? "0.0" : Math.Abs(value) >= 10 ? "0.00" : "0.0000", CultureInfo.InvariantCulture);
}
