namespace Gan.Train.Data.Synthetic;

/// <summary>Hair, and things worn.</summary>
internal sealed partial class FacePainter
{
    private void BackHair(HairOutline hairOutline)
    {
        if (face.Bald)
        {
            return;
        }

        var dark = face.Hair * 0.78f;
        switch (face.Style.Extra)
        {
            case HairExtra.Bun:
                Blob(face.PartX * 0.3f, hairOutline.Top - 0.10f, 0.30f, 0.26f);
                break;
            case HairExtra.Pigtails:
                for (var side = -1; side <= 1; side += 2)
                {
                    Blob(side * (hairOutline.Radius + 0.20f), 0.42f, 0.24f, 0.50f);
                    var tie = new Ellipse(side * (hairOutline.Radius + 0.08f), 0.02f, 0.09f, 0.08f, face.Clothes);
                    paint.Paint(head, tie, tie.Bounds);
                }

                break;
            case HairExtra.Ponytail:
                Blob((face.PartX > 0f ? -1f : 1f) * (hairOutline.Radius + 0.02f), 0.50f, 0.26f, 0.72f);
                break;
        }

        if (face.Style.Opacity >= 1f)
        {
            var layer = new BackHairLayer(hairOutline, face.Style, hair, 0f);
            paint.Paint(head, layer, layer.Bounds);
        }

        void Blob(float x, float y, float rx, float ry)
        {
            var shade = new Ellipse(x, y, rx, ry, dark * 0.85f);
            paint.Paint(head, shade, shade.Bounds);
            var lit = new Ellipse(x + 0.12f * rx * face.LightX - 0.05f, y - 0.12f * ry, rx * 0.72f, ry * 0.74f, face.Hair * 1.02f);
            paint.Paint(head, lit, lit.Bounds, 0.9f * rx, 0.8f);
        }
    }

    /// <summary>Long hair may fall over the shoulders.</summary>
    private void Locks(HairOutline hairOutline)
    {
        if (!face.Bald && face.HairInFront && face.Style.BackEnd > 1.2f)
        {
            var layer = new BackHairLayer(hairOutline, face.Style, hair, face.HalfWidth * 0.54f + 0.10f);
            paint.Paint(head, layer, layer.Bounds with { Top = 0.4f });
        }
    }

    private void FrontHair(HairOutline hairOutline)
    {
        if (face.Bald)
        {
            Spot(Across(0.25f * face.LightX, 0.6f), -0.70f, 0.24f, 0.13f, Rgb.White, 0.35f);
            return;
        }

        var layer = new FrontHairLayer(hairOutline, outline, face.Style, hair, face.PartX, face.Yaw, face.Texture);
        var shadow = new HairShadowLayer(layer, outline, face.LightX, skin.Shadow * 0.9f);
        var opacity = face.Style.Opacity;
        paint.Paint(head, shadow, new Box(-0.95f, -1f, 0.95f, 0.9f), 0.12f, 0.5f * opacity);
        paint.Paint(head, layer, layer.Bounds, opacity < 1f ? 0.10f : 0f, opacity);
    }

    private void Worn()
    {
        if (face.Earrings && face.Style.SideEnd < 0.5f)
        {
            for (var side = -1; side <= 1; side += 2)
            {
                var ring = new Ellipse(side * (face.HalfWidth + 0.03f) - face.Yaw * 0.35f, 0.37f, 0.05f, 0.055f, Rgb.Hex(0xE9C566));
                paint.Paint(head, ring, ring.Bounds);
            }
        }

        if (face.Glasses == Glasses.None)
        {
            return;
        }

        var y = Down(EyeY + 0.02f);
        var line = face.Glasses == Glasses.Dark ? 0.028f : 0.024f;
        for (var side = -1; side <= 1; side += 2)
        {
            var lens = EyeLens(side);
            var rx = 0.265f * (1f - 0.7f * side * face.Yaw);
            var ry = face.Glasses == Glasses.Round ? 0.235f : 0.185f;
            var tint = face.Glasses == Glasses.Dark ? Rgb.Hex(0x17181D) : Rgb.Hex(0xDDEBF5);
            var tintOpacity = face.Glasses == Glasses.Dark ? 0.93f : 0.10f;
            // The arm to the ear.
            var armEnd = side * (face.HalfWidth - 0.01f) - face.Yaw * 0.2f;
            var armFrom = lens.X + side * rx;
            if ((armEnd - armFrom) * side > 0f)
            {
                var arm = new RoundBox(0.5f * (armEnd + armFrom), y - 0.05f, 0.5f * MathF.Abs(armEnd - armFrom), 0.022f, 0.01f, 0f, face.Frame);
                paint.Paint(head, arm, arm.Bounds);
            }

            if (face.Glasses == Glasses.Round)
            {
                var glass = new Ellipse(lens.X, y, rx, ry, tint);
                paint.Paint(head, glass, glass.Bounds, 0f, tintOpacity);
                var rim = new EllipseRing(lens.X, y, rx, ry, line, face.Frame);
                paint.Paint(head, rim, rim.Bounds);
            }
            else
            {
                var glass = new RoundBox(lens.X, y, rx, ry, 0.09f, 0f, tint);
                paint.Paint(head, glass, glass.Bounds, 0f, tintOpacity);
                var rim = new RoundBox(lens.X, y, rx, ry, 0.09f, line, face.Frame);
                paint.Paint(head, rim, rim.Bounds);
            }

            Spot(lens.X - 0.3f * rx, y - 0.35f * ry, 0.10f, 0.05f, Rgb.White, face.Glasses == Glasses.Dark ? 0.45f : 0.25f);
        }

        Shape(new Lens(Across(0f, 1.1f), y - 0.05f, 0.10f, 0.020f, 0.020f, -0.05f, Blunt: true), face.Frame);
    }
}
