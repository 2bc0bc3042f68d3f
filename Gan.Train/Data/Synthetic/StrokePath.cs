using System.Globalization;

namespace Gan.Train.Data.Synthetic;

/// <summary>
/// Pen strokes as points that a smooth curve passes through. Written as "x,y x,y ..." with ';' between strokes; '!' after a point
/// makes it a corner. Drawn as uniform Catmull-Rom segments, which need no trigonometry, so every machine gets the same points.
/// </summary>
internal sealed class StrokePath
{
    private StrokePath(float[] x, float[] y, bool[] corner, int[] starts)
    {
        X = x;
        Y = y;
        Corner = corner;
        Starts = starts;
    }

    /// <summary>Control points of all strokes, one after the other.</summary>
    public float[] X { get; }

    public float[] Y { get; }

    /// <summary>True where the curve may turn sharply: the segments on both sides ignore each other.</summary>
    public bool[] Corner { get; }

    /// <summary>First point of each stroke, and the number of points at the end: strokes + 1 entries.</summary>
    public int[] Starts { get; }

    public int Strokes => Starts.Length - 1;

    public static StrokePath Parse(string text)
    {
        List<float> x = [], y = [];
        List<bool> corner = [];
        List<int> starts = [0];
        foreach (var stroke in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            foreach (var word in stroke.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                var comma = word.IndexOf(',', StringComparison.Ordinal);
                var isCorner = word[^1] == '!';
                x.Add(float.Parse(word.AsSpan(0, comma), CultureInfo.InvariantCulture));
                y.Add(float.Parse(word.AsSpan(comma + 1, word.Length - comma - 1 - (isCorner ? 1 : 0)), CultureInfo.InvariantCulture));
                corner.Add(isCorner);
            }

            starts.Add(x.Count);
        }

        return new StrokePath([.. x], [.. y], [.. corner], [.. starts]);
    }

    /// <summary>Points of one stroke's curve, `steps` a segment plus the last; x and y are this path's control points, perhaps moved.</summary>
    /// <returns>How many points were written.</returns>
    public int Flatten(int stroke, ReadOnlySpan<float> x, ReadOnlySpan<float> y, int steps, Span<float> outX, Span<float> outY)
    {
        int first = Starts[stroke], last = Starts[stroke + 1] - 1, written = 0;
        // A stroke that ends where it began is a loop: its tangent goes on across the seam unless that is a corner.
        var closed = last - first >= 3 && X[first] == X[last] && Y[first] == Y[last] && !Corner[first];
        for (var i = first; i < last; i++)
        {
            var before = Corner[i] ? i : i > first ? i - 1 : closed ? last - 1 : i;
            var after = Corner[i + 1] ? i + 1 : i + 1 < last ? i + 2 : closed ? first + 1 : i + 1;
            var straight = before == i && after == i + 1;
            var count = straight ? 1 : steps;
            for (var k = 0; k < count; k++, written++)
            {
                var t = k / (float)count;
                outX[written] = CatmullRom(x[before], x[i], x[i + 1], x[after], t);
                outY[written] = CatmullRom(y[before], y[i], y[i + 1], y[after], t);
            }
        }

        outX[written] = x[last];
        outY[written] = y[last];
        return written + 1;
    }

    /// <summary>At most this many points come out of Flatten for any stroke.</summary>
    public int MaxPoints(int steps) => X.Length * steps + 1;

    private static float CatmullRom(float a, float b, float c, float d, float t) =>
        b + 0.5f * t * (c - a + t * (2f * a - 5f * b + 4f * c - d + t * (3f * (b - c) + d - a)));
}
