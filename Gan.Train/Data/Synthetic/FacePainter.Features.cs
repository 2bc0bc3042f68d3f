namespace Gan.Train.Data.Synthetic;

/// <summary>Eyes, brows, nose and mouth.</summary>
internal sealed partial class FacePainter
{
    private const float EyeY = 0.06f;
    private const float MouthY = 0.60f;

    private Lens EyeLens(int side)
    {
        // The eye on the side turned away looks narrower.
        var width = face.EyeWidth * (1f - 0.9f * side * face.Yaw);
        var open = face.EyeOpen * face.EyeWidth;
        return new Lens(Across(side * face.EyeX, 0.9f), Down(EyeY), width, open, 0.72f * open, 0f, -side * face.EyeTilt * 0.2f);
    }

    private void Eyes()
    {
        for (var side = -1; side <= 1; side += 2)
        {
            var lens = EyeLens(side);
            var socket = Rgb.Lerp(skin.Skin, skin.Shadow, 0.8f);
            Spot(lens.X - side * 0.03f, lens.Y - 0.09f, 0.22f, 0.13f, socket, 0.50f);
            Spot(lens.X, lens.Y + 0.13f, 0.16f, 0.06f, skin.Shadow, 0.20f + 0.45f * face.Age);
            var radius = 0.094f;
            var eye = new EyeLayer(lens, face.GazeX * 0.055f + face.Yaw * 0.12f, face.GazeY * 0.02f - 0.01f, radius, face.Iris, face.LightX);
            paint.Paint(head, eye, eye.Bounds);
            // Upper lid: a line along the eye's upper edge, thick where lashes or paint are; it reaches past the outer corner.
            var lash = 0.022f + 0.026f * face.Lash;
            var lid = lens with
            {
                X = lens.X + side * 0.012f,
                Y = lens.Y - lens.Up * 0.5f,
                HalfWidth = lens.HalfWidth * (1.06f + 0.06f * face.Lash),
                Up = lash,
                Down = lash * 0.55f,
                Bend = -lens.Up,
                Blunt = true,
            };
            Shape(lid, Rgb.Lerp(Rgb.Hex(0x1E1412), skin.Shadow * 0.4f, 0.4f), 0.95f);
            // The crease above it and the lower lid, faint.
            Shape(lid with { Y = lid.Y - 0.072f, HalfWidth = lens.HalfWidth * 0.98f, Up = 0.010f, Down = 0.012f }, skin.Shadow * 0.8f, 0.55f);
            Shape(lens with { Y = lens.Y + lens.Down * 0.5f, Up = 0.006f, Down = 0.014f, Bend = lens.Down, Blunt = true }, skin.Shadow * 0.7f, 0.55f);
        }
    }

    private void Brows()
    {
        var colour = Rgb.Lerp(face.Bald ? Rgb.Hex(0x3A2A20) : face.Hair * 0.62f, skin.Shadow * 0.5f, 0.25f);
        for (var side = -1; side <= 1; side += 2)
        {
            var x = Across(side * (face.EyeX + 0.01f), 0.95f);
            var y = Down(EyeY - 0.235f - face.BrowRaise);
            var width = 0.205f * (1f - 0.7f * side * face.Yaw);
            var thick = face.BrowThickness;
            // Positive tilt: the outer ends drop.
            Shape(new Lens(x, y, width, thick, thick * 0.75f, -0.075f, side * face.BrowTilt * 0.13f, Blunt: true), colour, 0.90f, 0.03f);
        }
    }

    private void Nose()
    {
        var x = Across(0f, 1.25f);
        var tip = Down(face.NoseLength - 0.02f);
        var width = face.NoseWidth;
        var away = face.LightX > 0f ? -1f : 1f;
        var strength = 0.35f + 0.4f * MathF.Abs(face.LightX);
        // The bridge's shaded flank, lit ridge, ball and wings.
        Spot(Across(away * 0.085f, 1.1f), Down(0.16f), 0.06f, 0.26f, skin.Shadow, 0.55f * strength);
        Spot(Across(-away * 0.01f, 1.15f), Down(0.12f), 0.055f, 0.26f, skin.Lit, 0.45f);
        Spot(x, tip + 0.03f, width * 1.25f, 0.12f, Rgb.Lerp(skin.Skin, skin.Shadow, 0.35f), 0.55f);
        Spot(x + away * width * 0.55f, tip + 0.03f, width * 0.55f, 0.10f, skin.Shadow, 0.75f * strength);
        Spot(x - away * 0.02f, tip - 0.03f, 0.075f, 0.07f, Rgb.Lerp(skin.Lit, Rgb.White, 0.15f), 0.65f);
        // Under the nose: a crescent of shade and two nostrils.
        Shape(new Lens(x, tip + 0.085f, width * 1.12f, 0.012f, 0.022f, -0.045f), skin.Shadow * 0.8f, 0.5f, 0.03f);
        for (var side = -1; side <= 1; side += 2)
        {
            Spot(x + side * width * 0.52f, tip + 0.078f, 0.042f, 0.026f, skin.Shadow * 0.42f, 0.85f);
        }

        Spot(Across(0f, 1.1f), tip + 0.155f, 0.10f, 0.05f, skin.Shadow, 0.30f);
    }

    private void Mouth()
    {
        var x = Across(0f, 1.1f);
        var y = Down(MouthY) + 0.02f * face.MouthOpen;
        var width = face.MouthWidth;
        var bend = 0.11f * face.Smile;
        var natural = Rgb.Lerp(skin.Skin * new Rgb(0.88f, 0.60f, 0.58f), Rgb.Hex(0xB4524F), 0.25f);
        var lip = Rgb.Lerp(natural, face.LipstickColour, face.Lipstick);
        var full = face.LipFullness;
        var open = 0.17f * face.MouthOpen;

        Beards(x, y);
        var corner = 0.45f * width;
        if (face.Smile > 0.3f || face.Age > 0.5f)
        {
            // Folds from the nose to the mouth's corners.
            for (var side = -1; side <= 1; side += 2)
            {
                Spot(Across(side * (width + 0.10f), 1f), y - 0.10f, 0.045f, 0.12f, skin.Shadow, 0.12f + 0.2f * face.Age);
            }
        }

        Spot(x, y + full + open + 0.10f, corner, 0.05f, skin.Shadow, 0.45f); // below the lower lip
        var upper = new LensLayer(new Lens(x, y, width, full * 0.85f + open * 0.25f, 0.02f, bend), lip * 0.86f, lip * 0.92f);
        paint.Paint(head, upper, upper.Bounds);
        var lower = new LensLayer(new Lens(x, y, width * 0.96f, 0f, full * 1.25f + open, bend), lip * 1.02f, lip * 0.95f);
        paint.Paint(head, lower, lower.Bounds);
        if (face.MouthOpen > 0f)
        {
            var inside = new MouthLayer(new Lens(x, y, width * 0.93f, open * 0.18f, open, bend));
            paint.Paint(head, inside, inside.Bounds);
        }
        else
        {
            Shape(new Lens(x, y, width * 1.03f, 0.012f, 0.014f, bend, Blunt: true), lip * 0.42f, 0.9f);
        }

        Spot(x - 0.3f * width * (face.LightX > 0f ? -0.5f : 0.5f), y + open + full * 0.75f, 0.10f, 0.028f,
            Rgb.White, 0.12f + 0.22f * face.Lipstick);
    }

    private void Beards(float x, float y)
    {
        if (face.Beard is Beard.None)
        {
            return;
        }

        var grow = face.Beard == Beard.Full ? 0.045f : 0f;
        var layer = new BeardLayer(outline, face.Beard, y, x, grow, hair);
        switch (face.Beard)
        {
            case Beard.Stubble:
                paint.Paint(head, layer, BeardLayer.Bounds, 0.16f, 0.30f);
                break;
            case Beard.Full:
                paint.Paint(head, layer, BeardLayer.Bounds, 0.06f, 0.95f);
                break;
            case Beard.Goatee:
                paint.Paint(head, layer, BeardLayer.Bounds, 0.05f, 0.88f);
                break;
        }

        if (face.Beard is Beard.Moustache or Beard.Goatee)
        {
            Shape(new Lens(x, y - 0.085f, face.MouthWidth * 1.02f, 0.055f, 0.05f, -0.10f, Blunt: true), face.Hair * 0.82f, 0.92f, 0.03f);
        }
    }
}
