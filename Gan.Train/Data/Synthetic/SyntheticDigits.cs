using static Gan.Train.Data.Synthetic.PortableMath;

namespace Gan.Train.Data.Synthetic;

/// <summary>
/// The built-in data set `synthetic-digits`: handwritten digits like MNIST's, white on black, fitted into a 20x20 box of a 28x28
/// picture and centred by their centre of mass (as LeCun's page describes). Picture i depends on (seed, i, size) only.
/// </summary>
internal static unsafe class SyntheticDigits
{
    public const int DefaultCount = 10_000;
    public const int DefaultSize = 28;
    public const int Channels = 1;

    private const ulong LabelDomain = 0xD161701;
    private const ulong InkDomain = 0xD161702;
    private const int StepsPerSegment = 6;
    private const int MaxControlPoints = 16;
    private const int MaxPoints = MaxControlPoints * StepsPerSegment + 1;

    /// <summary>Which digit picture `index` shows: 0 .. 9, uniform.</summary>
    public static int Label(ulong seed, int index) => new HashRandom(seed, LabelDomain, index).Pick(10);

    /// <summary>Draws one picture into size*size bytes.</summary>
    public static void Render(ulong seed, int index, int size, Span<byte> hwc)
    {
        PictureFill.Check(nameof(SyntheticDigits), index, size, hwc.Length, Channels);
        var random = new HashRandom(seed, InkDomain, index);
        var variants = DigitGlyphs.Of(Label(seed, index));
        var path = variants[random.Pick(variants.Length)];

        Span<float> controlX = stackalloc float[MaxControlPoints];
        Span<float> controlY = stackalloc float[MaxControlPoints];
        Jitter(ref random, path, controlX, controlY);

        Span<float> x = stackalloc float[MaxPoints * 2];
        Span<float> y = stackalloc float[MaxPoints * 2];
        Span<int> ends = stackalloc int[path.Strokes];
        var points = 0;
        for (var stroke = 0; stroke < path.Strokes; stroke++)
        {
            points += path.Flatten(stroke, controlX, controlY, StepsPerSegment, x[points..], y[points..]);
            ends[stroke] = points;
        }

        x = x[..points];
        y = y[..points];
        Warp(ref random, x, y);
        // MNIST's pens: strokes of 1.6 to 4.4 pixels at 28, thin ones less often.
        var unit = size / 28f;
        var radius = (1.35f + 0.65f * random.Bell()) * unit;
        var taper = random.Range(0f, 0.28f);
        Place(ref random, x, y, ends, radius, size);
        Ink(x, y, ends, radius, taper, random.Uniform(), size, hwc);
    }

    /// <summary>Draws pictures 0 .. count-1 one after the other into count*size*size bytes, on up to `workers` threads.</summary>
    public static void Fill(ulong seed, int count, int size, int workers, nint destination) =>
        PictureFill.Run(nameof(SyntheticDigits), count, size, Channels, workers, destination,
            (index, picture) => Render(seed, index, size, picture));

    /// <summary>Writes the labels of pictures 0 .. labels.Length-1.</summary>
    public static void FillLabels(ulong seed, Span<byte> labels)
    {
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = (byte)Label(seed, i);
        }
    }

    /// <summary>Nobody writes a digit twice alike: every control point moves a little; points that coincide stay together.</summary>
    private static void Jitter(ref HashRandom random, StrokePath path, Span<float> x, Span<float> y)
    {
        for (var i = 0; i < path.X.Length; i++)
        {
            x[i] = path.X[i] + 7f * random.Bell();
            y[i] = path.Y[i] + 6f * random.Bell();
            for (var j = 0; j < i; j++)
            {
                if (path.X[j] == path.X[i] && path.Y[j] == path.Y[i])
                {
                    x[i] = x[j];
                    y[i] = y[j];
                    break;
                }
            }
        }
    }

    /// <summary>A slow wave, then width, slant and rotation, about the middle of the 100-high box.</summary>
    private static void Warp(ref HashRandom random, Span<float> x, Span<float> y)
    {
        float waveX = 4f * random.Bell(), waveY = 4f * random.Bell();
        float phaseX = random.Uniform(), phaseY = random.Uniform();
        var width = random.Range(0.72f, 1.08f);
        var slant = 0.08f + 0.42f * random.Bell(); // most hands lean to the right
        var turn = 0.055f * random.Bell(); // about +-20 degrees at the most
        float sin = SinTurns(turn), cos = CosTurns(turn);
        for (var i = 0; i < x.Length; i++)
        {
            float px = x[i] - 50f, py = y[i] - 50f;
            var wx = px + waveX * SinTurns(py * 0.008f + phaseX);
            var wy = py + waveY * SinTurns(px * 0.008f + phaseY);
            wx = wx * width - wy * slant;
            x[i] = cos * wx - sin * wy;
            y[i] = sin * wx + cos * wy;
        }
    }

    /// <summary>Scales the ink, pen width included, into about 20/28 of the picture; its centre of mass goes to the middle.</summary>
    private static void Place(ref HashRandom random, Span<float> x, Span<float> y, ReadOnlySpan<int> ends, float radius, int size)
    {
        float left = x[0], right = x[0], top = y[0], bottom = y[0];
        for (var i = 1; i < x.Length; i++)
        {
            left = MathF.Min(left, x[i]);
            right = MathF.Max(right, x[i]);
            top = MathF.Min(top, y[i]);
            bottom = MathF.Max(bottom, y[i]);
        }

        float mass = 0f, massX = 0f, massY = 0f;
        var start = 0;
        foreach (var end in ends)
        {
            for (var i = start + 1; i < end; i++)
            {
                float dx = x[i] - x[i - 1], dy = y[i] - y[i - 1];
                var length = MathF.Sqrt(dx * dx + dy * dy);
                mass += length;
                massX += length * 0.5f * (x[i] + x[i - 1]);
                massY += length * 0.5f * (y[i] + y[i - 1]);
            }

            start = end;
        }

        var box = size * (20f / 28f) * random.Range(0.92f, 1.03f) - 2f * radius;
        var scale = box / MathF.Max(right - left, bottom - top);
        float cx = massX / mass, cy = massY / mass;
        var middleX = size * (0.5f + 0.02f * random.Bell());
        var middleY = size * (0.5f + 0.02f * random.Bell());
        // The centre of mass of a 7 or a 4 lies off its box's middle; never so far that ink leaves the picture.
        var reach = size * 0.5f - radius - 0.5f * Softness(size) - 1f;
        middleX = MathF.Min(MathF.Max(middleX, size * 0.5f - reach + (cx - left) * scale), size * 0.5f + reach - (right - cx) * scale);
        middleY = MathF.Min(MathF.Max(middleY, size * 0.5f - reach + (cy - top) * scale), size * 0.5f + reach - (bottom - cy) * scale);
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = (x[i] - cx) * scale + middleX;
            y[i] = (y[i] - cy) * scale + middleY;
        }
    }

    /// <summary>Width of the stroke's edge in pixels: MNIST's digits were reduced with antialiasing and are a little blurred.</summary>
    private static float Softness(int size) => 1.25f * MathF.Max(1f, size / 40f);

    /// <summary>Every segment is a capsule; a pixel takes the strongest coverage of them, so that joints do not brighten.</summary>
    private static void Ink(
        ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<int> ends, float radius, float taper, float phase, int size, Span<byte> pixels)
    {
        pixels.Clear();
        var softness = Softness(size);
        var start = 0;
        foreach (var end in ends)
        {
            for (var i = start + 1; i < end; i++)
            {
                // Pen pressure changes slowly along the stroke.
                var r = radius * (1f - taper * (0.5f + 0.5f * SinTurns(phase + 0.7f * (i - start) / (end - start))));
                Capsule(x[i - 1], y[i - 1], x[i], y[i], r, 1f / softness, size, pixels);
            }

            start = end;
        }
    }

    private static void Capsule(float ax, float ay, float bx, float by, float r, float sharpness, int size, Span<byte> pixels)
    {
        var reach = r + 0.5f / sharpness;
        var x0 = Math.Max((int)(MathF.Min(ax, bx) - reach), 0);
        var x1 = Math.Min((int)(MathF.Max(ax, bx) + reach), size - 1);
        var y0 = Math.Max((int)(MathF.Min(ay, by) - reach), 0);
        var y1 = Math.Min((int)(MathF.Max(ay, by) + reach), size - 1);
        float dx = bx - ax, dy = by - ay;
        var inverse = 1f / MathF.Max(dx * dx + dy * dy, 1e-12f);
        for (var row = y0; row <= y1; row++)
        {
            for (var column = x0; column <= x1; column++)
            {
                float px = column + 0.5f - ax, py = row + 0.5f - ay;
                var t = Clamp01((px * dx + py * dy) * inverse);
                px -= t * dx;
                py -= t * dy;
                var coverage = Clamp01((r - MathF.Sqrt(px * px + py * py)) * sharpness + 0.5f);
                var value = (byte)(coverage * 255f + 0.5f);
                ref var pixel = ref pixels[row * size + column];
                pixel = Math.Max(pixel, value);
            }
        }
    }
}
