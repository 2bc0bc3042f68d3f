namespace Gan.Train.Data.Synthetic;

/// <summary>
/// Paints one face back to front, in head units: the head reaches from y = -1 (crown) to 1 (chin). A small turn of the head is
/// parallax: features move sideways by yaw times how far they stand out.
/// </summary>
internal sealed partial class FacePainter
{
    private readonly LayerPainter paint = new();
    private FaceAttributes face = null!;
    private Pose head;
    private Pose body;
    private HeadOutline outline;
    private SkinTone skin;
    private HairTone hair;

    public void Draw(FaceAttributes attributes, int size, Span<byte> hwc)
    {
        face = attributes;
        head = face.Head;
        // Shoulders follow the head's place but do not lean with it.
        body = new Pose(0.8f * head.X, head.Y, head.Scale, 0f);
        outline = new HeadOutline(face.HalfWidth, face.Taper);
        skin = new SkinTone(face.Skin, face.LightX, face.LightY);
        hair = new HairTone(face.Hair, face.PartX, face.LightX, face.Style.Curl, face.Texture);

        paint.Begin(size);
        paint.Paint(Pose.Identity, new BackgroundLayer(face.BackgroundA, face.BackgroundB, face.BackgroundTurn), Box.Around(0f, 0f, 1f, 1f));
        var hairOutline = new HairOutline(outline, face.Style, face.Texture);
        BackHair(hairOutline);
        var neck = new NeckLayer(face.HalfWidth * 0.54f, skin, face.LightX);
        paint.Paint(body, neck, neck.Bounds);
        var shoulder = 1.28f + 0.3f * (face.HalfWidth - 0.7f) + (face.Beard != Beard.None ? 0.10f : 0f);
        paint.Paint(body, new BodyLayer(face.Clothes, face.Collar, face.LightX, shoulder), BodyLayer.Bounds);
        Locks(hairOutline);

        Head();
        Eyes();
        Nose();
        Mouth();
        FrontHair(hairOutline);
        Brows();
        Worn();
        paint.Store(hwc);
    }

    /// <summary>Where something at x on the face appears when it stands out by `depth` (1: the cheekbones' plane).</summary>
    private float Across(float x, float depth) => x + face.Yaw * depth;

    private float Down(float y) => y + face.Pitch;

    private void Head()
    {
        for (var side = -1; side <= 1; side += 2)
        {
            var ear = new EarLayer(side * (face.HalfWidth + 0.015f) - face.Yaw * 0.35f, 0.12f - 0.5f * face.Pitch, skin, side * face.LightX);
            paint.Paint(head, ear, ear.Bounds);
        }

        paint.Paint(head, new HeadLayer(outline, skin, face.Yaw), HeadLayer.Bounds);
        Spot(Across(0f, 0.9f), Down(-0.48f), 0.34f, 0.22f, skin.Lit, 0.30f); // forehead
        for (var side = -1; side <= 1; side += 2)
        {
            var x = Across(side * 0.40f, 0.9f);
            Spot(x, Down(0.34f), 0.20f, 0.15f, Rgb.Lerp(skin.Skin, Rgb.Hex(0xE0505A), 0.65f), face.Blush);
            Spot(x + 0.05f * face.LightX, Down(0.26f), 0.12f, 0.08f, skin.Lit, side * face.LightX > 0f ? 0.55f : 0.15f);
        }

        if (face.Freckles)
        {
            for (var i = 0; i < 14; i++)
            {
                var x = Across((i % 7 - 3) * 0.14f + 0.03f * PortableMath.SinTurns(i * 0.37f), 0.95f);
                Spot(x, Down(0.26f + 0.05f * (i / 7) + 0.03f * PortableMath.SinTurns(i * 0.61f)), 0.032f, 0.027f, skin.Shadow, 0.38f);
            }
        }
    }

    /// <summary>A soft patch: light, shade or blush.</summary>
    private void Spot(float x, float y, float rx, float ry, Rgb colour, float opacity)
    {
        var spot = new Ellipse(x, y, rx, ry, colour);
        paint.Paint(head, spot, spot.Bounds, 1.6f * MathF.Min(rx, ry), opacity);
    }

    private void Shape(Lens lens, Rgb colour, float opacity = 1f, float soft = 0f)
    {
        var layer = new LensLayer(lens, colour);
        paint.Paint(head, layer, layer.Bounds, soft, opacity);
    }
}
