using static Gan.Train.Data.Synthetic.PortableMath;

namespace Gan.Train.Data.Synthetic;

/// <summary>A two-colour gradient across the picture, brighter behind the head.</summary>
internal readonly struct BackgroundLayer(Rgb a, Rgb b, float turn) : ILayer
{
    private readonly float cos = CosTurns(turn);
    private readonly float sin = SinTurns(turn);

    public float Distance(float x, float y) => -1f;

    public Rgb Colour(float x, float y)
    {
        var along = Smooth(0.5f + 0.38f * (cos * x + sin * y));
        var glow = 1.08f - 0.13f * (x * x + y * y);
        return Rgb.Lerp(a, b, along) * glow;
    }
}

/// <summary>Light on skin: diffuse with soft fall-off, shadows warmer and more saturated than lit parts.</summary>
internal readonly struct SkinTone(Rgb skin, float lightX, float lightY)
{
    private readonly Rgb shadow = skin * new Rgb(0.66f, 0.54f, 0.50f);
    private readonly Rgb lit = Rgb.Lerp(skin * 1.05f, new Rgb(1f, 0.97f, 0.93f), 0.13f);

    public Rgb Skin => skin;

    public Rgb Shadow => shadow;

    public Rgb Lit => lit;

    /// <summary>The colour of skin facing (nx, ny, nz), a unit vector with z towards the viewer.</summary>
    public Rgb Facing(float nx, float ny, float nz)
    {
        var t = Clamp01(0.10f + 0.62f * nz + 0.62f * (nx * lightX + ny * lightY) + 0.14f);
        return t < 0.55f ? Rgb.Lerp(shadow, skin, t / 0.55f) : Rgb.Lerp(skin, lit, (t - 0.55f) / 0.45f);
    }
}

/// <summary>The head as a shaded solid.</summary>
internal readonly struct HeadLayer(HeadOutline outline, SkinTone tone, float yaw) : ILayer
{
    public static readonly Box Bounds = Box.Around(0f, 0f, 0.95f, 1f);

    public float Distance(float x, float y) => outline.Distance(x, y);

    public Rgb Colour(float x, float y)
    {
        var nx = 0.92f * x / outline.WidthAt(y) - 0.8f * yaw;
        var ny = 0.80f * y;
        var nz = MathF.Sqrt(Max(1f - nx * nx - ny * ny, 0.02f));
        return tone.Facing(nx, ny, nz);
    }
}

/// <summary>An ear: an ellipse with a darker hollow.</summary>
internal readonly struct EarLayer(float x, float y, SkinTone tone, float light) : ILayer
{
    public Box Bounds => Box.Around(x, y, 0.12f, 0.20f);

    public float Distance(float px, float py) => Ellipse.Signed(px - x, py - y, 0.12f, 0.20f);

    public Rgb Colour(float px, float py)
    {
        var hollow = Smooth(0.6f - Ellipse.Signed(px - x, py - y, 0.07f, 0.13f) / 0.08f);
        return Rgb.Lerp(Rgb.Lerp(tone.Skin, light > 0f ? tone.Lit : tone.Shadow, 0.45f * MathF.Abs(light)), tone.Shadow, 0.6f * hollow);
    }
}

/// <summary>The neck, in the shadow of the chin.</summary>
internal readonly struct NeckLayer(float halfWidth, SkinTone tone, float lightX) : ILayer
{
    public Box Bounds => new(-halfWidth - 0.45f, 0.4f, halfWidth + 0.45f, 1.75f);

    public float Distance(float x, float y)
    {
        // The neck flares into the shoulders.
        var flare = Max(y - 1.12f, 0f);
        return Max(MathF.Abs(x) - halfWidth - 1.4f * flare * flare, y - 1.75f);
    }

    public Rgb Colour(float x, float y)
    {
        var nx = Clamp01(0.5f + 0.5f * x / halfWidth) * 2f - 1f;
        var colour = tone.Facing(0.75f * nx, 0.1f, MathF.Sqrt(1f - 0.5625f * nx * nx));
        var shade = Smooth((1.30f - y + 0.25f * lightX * x) / 0.42f);
        return Rgb.Lerp(colour, tone.Shadow * 0.88f, 0.75f * shade);
    }
}

/// <summary>Shoulders in a shirt; the neckline is round, a V, or high.</summary>
internal readonly struct BodyLayer(Rgb cloth, int collar, float lightX, float shoulder) : ILayer
{
    public static readonly Box Bounds = new(-2.2f, 1.0f, 2.2f, 2.6f);

    private float Neckline(float x, float y) => collar switch
    {
        0 => Ellipse.Signed(x, y - 1.18f, 0.43f, 0.30f),
        1 => (MathF.Abs(x) * 1.5f + (y - 1.72f)) * 0.55f,
        _ => Ellipse.Signed(x, y - 1.12f, 0.36f, 0.16f),
    };

    public float Distance(float x, float y)
    {
        var slope = 1.20f + 0.16f * x * x;
        var top = (slope - y) / MathF.Sqrt(1f + 0.1024f * x * x);
        var side = MathF.Abs(x) - shoulder;
        return Max(SmoothMax(top, side, 0.5f), -Neckline(x, y));
    }

    public Rgb Colour(float x, float y)
    {
        var light = 0.86f + 0.22f * lightX * x - 0.10f * Max(y - 1.3f, 0f) - 0.10f * x * x;
        // A hem along the neckline, and the head's shadow above it.
        var hem = Smooth(1f - MathF.Abs(Neckline(x, y) - 0.055f) / 0.05f);
        return cloth * (light - 0.16f * hem);
    }
}

/// <summary>The inside of an eye: white with the lid's shadow, iris, pupil and a catch-light; the lens clips it.</summary>
internal readonly struct EyeLayer(Lens lens, float gazeX, float gazeY, float radius, Rgb iris, float lightX) : ILayer
{
    public Box Bounds => lens.Bounds;

    public float Distance(float x, float y) => lens.Distance(x, y);

    public Rgb Colour(float x, float y)
    {
        float dx = x - lens.X - gazeX, dy = y - lens.Y - gazeY;
        var r = MathF.Sqrt(dx * dx + dy * dy);
        var lid = Clamp01(1f - (y - lens.Y + lens.Up) / (lens.Up + lens.Down));
        var colour = new Rgb(0.97f, 0.95f, 0.94f) * (1f - 0.30f * lid * lid);
        var edge = radius * 0.22f;
        var ring = Rgb.Lerp(iris * 1.25f, iris * 0.55f, Smooth((r / radius - 0.55f) / 0.45f)) * (1.05f - 0.35f * lid);
        colour = Rgb.Lerp(colour, ring, Smooth((radius - r) / edge + 0.5f));
        colour = Rgb.Lerp(colour, new Rgb(0.05f, 0.04f, 0.05f), Smooth((radius * 0.50f - r) / edge + 0.5f));
        float hx = dx - radius * 0.42f * (lightX < 0f ? -1f : 1f), hy = dy + radius * 0.42f;
        var glint = radius * 0.34f - MathF.Sqrt(hx * hx + hy * hy);
        return Rgb.Lerp(colour, Rgb.White, 0.95f * Smooth(glint / edge + 0.5f));
    }
}

/// <summary>The open mouth: dark, upper teeth below the lip, a tongue further down.</summary>
internal readonly struct MouthLayer(Lens lens) : ILayer
{
    public Box Bounds => lens.Bounds;

    public float Distance(float x, float y) => lens.Distance(x, y);

    public Rgb Colour(float x, float y)
    {
        var q = (x - lens.X) / lens.HalfWidth;
        var centre = lens.Centre(q);
        var depth = y - centre + lens.Up * (1f - q * q);
        var colour = Rgb.Lerp(Rgb.Hex(0x3E1014), Rgb.Hex(0xB5525A), Smooth((depth - 0.7f * (lens.Up + lens.Down)) / 0.04f));
        var teeth = Smooth((0.085f - depth) / 0.03f + 0.5f) * Smooth((0.86f - MathF.Abs(q)) / 0.16f);
        return Rgb.Lerp(colour, new Rgb(0.97f, 0.95f, 0.92f), teeth);
    }
}
