namespace Gan.Train.Data.Synthetic;

/// <summary>A colour, channels 0 to 1 as stored in the picture (sRGB values, blended as they are).</summary>
internal readonly record struct Rgb(float R, float G, float B)
{
    public static readonly Rgb Black = new(0f, 0f, 0f);
    public static readonly Rgb White = new(1f, 1f, 1f);

    public static Rgb Hex(int value) => new(((value >> 16) & 255) / 255f, ((value >> 8) & 255) / 255f, (value & 255) / 255f);

    public static Rgb operator +(Rgb a, Rgb b) => new(a.R + b.R, a.G + b.G, a.B + b.B);

    public static Rgb operator *(Rgb a, Rgb b) => new(a.R * b.R, a.G * b.G, a.B * b.B);

    public static Rgb operator *(Rgb a, float s) => new(a.R * s, a.G * s, a.B * s);

    public static Rgb Lerp(Rgb a, Rgb b, float t) => new(a.R + (b.R - a.R) * t, a.G + (b.G - a.G) * t, a.B + (b.B - a.B) * t);

    /// <summary>The colour at t in [0, 1] along equally spaced stops.</summary>
    public static Rgb Ramp(ReadOnlySpan<Rgb> stops, float t)
    {
        var at = PortableMath.Clamp01(t) * (stops.Length - 1);
        var first = Math.Min((int)at, stops.Length - 2);
        return Lerp(stops[first], stops[first + 1], at - first);
    }

    /// <summary>Hue in turns, saturation and value 0 to 1.</summary>
    public static Rgb Hsv(float hue, float saturation, float value) =>
        new(Channel(hue, saturation, value), Channel(hue + 2f / 3f, saturation, value), Channel(hue + 1f / 3f, saturation, value));

    private static float Channel(float hue, float saturation, float value)
    {
        var turn = (hue - MathF.Floor(hue)) * 6f; // red is full near 0 and 6, gone between 2 and 4
        return value * (1f - saturation * (1f - PortableMath.Clamp01(MathF.Abs(turn - 3f) - 1f)));
    }
}
