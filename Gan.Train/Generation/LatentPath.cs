namespace Gan.Train.Generation;

/// <summary>How to go from one latent vector to another.</summary>
internal enum InterpolationKind
{
    /// <summary>Along the great circle.</summary>
    Spherical,

    /// <summary>In a straight line, as in Radford et al. 2015, section 6.1.</summary>
    Linear,
}

/// <summary>
/// Points between latent vectors. Normal noise of nz values lies near a sphere of radius sqrt(nz); the middle of a straight line has only 0.7 of that length and is
/// unlike anything G was trained on. Spherical interpolation (Shoemake 1985; for GANs White 2016, section 2.1) keeps the length:
/// sin((1-t)w)/sin(w) a + sin(tw)/sin(w) b, where w is the angle between a and b.
/// </summary>
internal static class LatentPath
{
    /// <summary>Below this the two directions are as good as one, or opposite with no great circle of their own: a straight line then.</summary>
    private const double LeastSine = 1e-6;

    /// <summary>The point at <paramref name="t"/> from 0 (exactly <paramref name="a"/>) to 1 (exactly <paramref name="b"/>).</summary>
    public static float[] Between(ReadOnlySpan<float> a, ReadOnlySpan<float> b, double t, InterpolationKind kind)
    {
        (double weightA, double weightB) = (1 - t, t);
        if (kind == InterpolationKind.Spherical && t is > 0 and < 1)
        {
            double dot = 0, squareA = 0, squareB = 0;
            for (int i = 0; i < a.Length; i++)
            {
                dot += (double)a[i] * b[i];
                squareA += (double)a[i] * a[i];
                squareB += (double)b[i] * b[i];
            }
            double cosine = Math.Clamp(dot / Math.Sqrt(squareA * squareB), -1, 1), angle = Math.Acos(cosine), sine = Math.Sin(angle);
            if (sine > LeastSine) // false for NaN, where a length is 0
            {
                (weightA, weightB) = (Math.Sin((1 - t) * angle) / sine, Math.Sin(t * angle) / sine);
            }
        }
        var point = new float[a.Length];
        for (int i = 0; i < point.Length; i++)
        {
            point[i] = (float)(weightA * a[i] + weightB * b[i]);
        }
        return point;
    }
}
