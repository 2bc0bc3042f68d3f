using static Gan.Train.Data.Synthetic.PortableMath;

namespace Gan.Train.Data.Synthetic;

/// <summary>Hair's colour: strands that fan out from the parting, a sheen across them, light from one side.</summary>
internal readonly struct HairTone(Rgb hair, float partX, float lightX, float curl, uint texture)
{
    public Rgb Shade(float x, float y)
    {
        // Strands run from the crown down: their number is the direction seen from a point above the parting.
        var below = y + 1.45f;
        var strand = (x - partX * 0.6f) / Max(Min(below, 1.3f), 0.2f);
        var grain = Noise(strand * 17f + 40f, texture) * 0.65f + Noise(strand * 37f + y * 3f + 90f, texture + 1) * 0.35f;
        if (curl > 0.03f)
        {
            var lock1 = Noise(x * 9f + 30f + 2f * SinTurns(y * 1.1f), texture + 2);
            var lock2 = Noise(y * 9f + 60f + 2f * SinTurns(x * 1.1f), texture + 3);
            grain = 0.35f * grain + 0.65f * (lock1 * lock2 * 1.6f);
        }

        // The sheen follows the skull, below the crown on the lit side.
        var ring = MathF.Sqrt((x - 0.25f * lightX) * (x - 0.25f * lightX) + (y + 0.05f) * (y + 0.05f));
        var sheen = Smooth(1f - MathF.Abs(ring - 0.82f) / 0.20f) * (y < -0.1f ? 1f : Clamp01(1f - 2.5f * (y + 0.1f)));
        var light = 0.84f + 0.20f * lightX * x - 0.13f * y * 0.6f + 0.30f * (grain - 0.5f);
        var colour = hair * light;
        return colour + Rgb.Lerp(hair, Rgb.White, 0.35f) * (sheen * (0.10f + 0.26f * grain));
    }
}

/// <summary>Where hair ends towards the outside.</summary>
internal readonly struct HairOutline(HeadOutline head, HairStyle style, uint texture)
{
    private readonly float radius = head.HalfWidth + style.Side;
    private readonly float height = 0.92f + style.Top;
    private readonly float phase = (texture & 1023) / 1024f;

    public float Radius => radius;

    public float Top => -0.08f - height;

    /// <summary>The cap on the skull, an ellipse around (0, -0.08) with curls along its edge.</summary>
    public float Cap(float x, float y)
    {
        var d = Ellipse.Signed(x, y + 0.08f, radius, height);
        if (style.Curl > 0.03f && d > -0.3f)
        {
            // A pseudo-angle that needs no arctangent: 0..4 once around.
            var a = x / (MathF.Abs(x) + MathF.Abs(y + 0.08f) + 1e-6f);
            var around = y < -0.08f ? a : 2f - a;
            d += style.Curl * (SinTurns(around * 2.75f + phase) * 0.6f + SinTurns(around * 4.5f + 2f * phase) * 0.4f);
        }

        return d;
    }

    /// <summary>Half the width of the hair behind the head, at height y.</summary>
    public float BackWidth(float y)
    {
        var t = Smooth((y + 0.2f) / (style.BackEnd + 0.2f));
        var wave = style.Curl > 0.03f ? style.Curl * SinTurns(y * 1.6f + phase) : style.Curl * SinTurns(y * 0.8f + phase);
        return Lerp(radius, style.BackWidth, t) + wave * Clamp01(y + 0.3f);
    }
}

/// <summary>Hair behind head and neck.</summary>
/// <param name="inner">Half the gap between two locks that fall in front of the shoulders; 0 for one piece behind them.</param>
internal readonly struct BackHairLayer(HairOutline outline, HairStyle style, HairTone tone, float inner) : ILayer
{
    /// <summary>How much darker hair gets behind the face.</summary>
    public static float Depth(float y) => 0.74f - 0.08f * PortableMath.Clamp01(y);

    public Box Bounds => new(-1.45f, outline.Top - 0.1f, 1.45f, Max(style.BackEnd, 0.6f) + 0.1f);

    public float Distance(float x, float y)
    {
        if (x * x * 2.8f + y * y * 1.4f < 1f)
        {
            return 1f; // the head covers it
        }

        var cap = y > 0.5f ? 1f : Max(outline.Cap(x, y), y - 0.3f);
        if (style.BackEnd <= 0f)
        {
            return cap;
        }

        var side = MathF.Abs(x) - outline.BackWidth(y);
        // Ends are longer in the middle, as hair cut round.
        var end = y - style.BackEnd + 0.12f * x * x;
        var fall = Max(SmoothMax(side, end, 0.30f), -0.1f - y);
        var all = Min(cap, fall);
        return inner > 0f ? Max(all, inner + 0.12f * (y - 1f) * (y - 1f) - MathF.Abs(x)) : all;
    }

    public Rgb Colour(float x, float y) => tone.Shade(x, y) * Depth(y);
}

/// <summary>Hair on top and beside the face: inside the outline and outside the opening that the hairline leaves.</summary>
internal readonly struct FrontHairLayer(HairOutline outline, HeadOutline head, HairStyle style, HairTone tone, float partX, float yaw, uint texture)
    : ILayer
{
    private readonly float phase = (texture >> 10 & 1023) / 1024f;

    public Box Bounds => new(-outline.Radius - 0.2f, outline.Top - 0.1f, outline.Radius + 0.2f, Max(style.SideEnd, 0.1f) + 0.2f);

    public float Distance(float x, float y)
    {
        var outside = outline.Cap(x, y);
        if (x * x * 4.5f + (y - 0.55f) * (y - 0.55f) * 1.8f < 1f)
        {
            return 1f; // well inside the face
        }

        if (outside > 0.4f && style.BackEnd <= 0.9f)
        {
            return outside;
        }

        if (style.BackEnd > 0.9f)
        {
            // Long hair hangs on where the cap turns in.
            outside = Min(outside, Max(MathF.Abs(x) - outline.BackWidth(y), -0.1f - y));
        }

        var ends = y - style.SideEnd - 0.05f * SinTurns(x * 3f + phase);
        return SmoothMax(Max(outside, -Opening(x, y)), ends, 0.12f);
    }

    public Rgb Colour(float x, float y)
    {
        // Hair turns dark towards the hairline's underside.
        var under = Smooth(1f + Opening(x, y) / -0.10f);
        var light = 1f - 0.20f * under;
        if (style.BackEnd > 0f)
        {
            // Below the cheeks it goes over into the hair behind, without a seam.
            light = Lerp(light, BackHairLayer.Depth(y), Smooth((y - style.SideEnd + 0.75f) / 0.7f));
        }

        return tone.Shade(x, y) * light;
    }

    /// <summary>Negative where the face shows.</summary>
    private float Opening(float x, float y)
    {
        var fx = x - yaw * 0.5f;
        var line = style.Line switch
        {
            Hairline.Fringe => -0.30f - 0.10f * fx * fx + 0.035f * SinTurns(fx * 3.1f + phase) + 0.02f * SinTurns(fx * 6.7f + 2f * phase),
            Hairline.Parted => -0.74f + 0.50f * MathF.Sqrt(MathF.Abs(fx - partX) + 0.004f) - 0.03f,
            Hairline.Receding => -0.62f - 0.34f * Smooth((MathF.Abs(fx) - 0.12f) / 0.35f) + 0.5f * Max(MathF.Abs(fx) - 0.45f, 0f),
            _ => -0.53f + 0.16f * fx * fx,
        };
        // Short sides lie close to the skull; longer hair covers the temples and cheeks a little.
        var inset = style.SideEnd > 0.5f ? 0.10f + 0.05f * SinTurns(y * 0.7f + phase) : style.SideEnd > 0.25f ? 0.08f : 0.045f;
        var side = MathF.Abs(fx) - head.WidthAt(Max(y, 0f)) * 1.0f + inset;
        return SmoothMax(line - y, side, style.Line == Hairline.Fringe ? 0.10f : 0.28f);
    }
}

/// <summary>The shade that front hair throws on the forehead: the hair itself, lower and only on the head.</summary>
internal readonly struct HairShadowLayer(FrontHairLayer hair, HeadOutline head, float lightX, Rgb colour) : ILayer
{
    public float Distance(float x, float y)
    {
        var face = head.Distance(x, y);
        return face > 0.1f ? face : Max(hair.Distance(x + 0.06f * lightX, y - 0.07f), face);
    }

    public Rgb Colour(float x, float y) => colour;
}

/// <summary>Beards: the head's lower part around the mouth.</summary>
internal readonly struct BeardLayer(HeadOutline head, Beard kind, float mouthY, float mouthX, float grow, HairTone tone) : ILayer
{
    public static readonly Box Bounds = new(-0.95f, 0.1f, 0.95f, 1.2f);

    public float Distance(float x, float y)
    {
        var face = head.Distance(x, y) - grow;
        if (kind == Beard.Goatee)
        {
            var chin = Ellipse.Signed(x - mouthX, y - mouthY - 0.13f, 0.25f, 0.34f);
            var mouth = Ellipse.Signed(x - mouthX, y - mouthY, 0.20f, 0.10f);
            return Max(Max(chin, -mouth), face);
        }

        // Cheeks stay free above a line that sinks towards the mouth; lips stay free too.
        var ax = MathF.Abs(x - mouthX);
        var line = mouthY - 0.16f - 0.95f * Max(ax - 0.30f, 0f) * ax;
        var lips = Ellipse.Signed(x - mouthX, y - mouthY - 0.005f, 0.25f, 0.085f);
        return Max(Max(line - y, face), -lips);
    }

    public Rgb Colour(float x, float y) => tone.Shade(x, y * 0.4f) * (0.92f - 0.15f * Clamp01(y - 0.6f));
}
