using static Gan.Train.Data.Synthetic.PortableMath;

namespace Gan.Train.Data.Synthetic;

/// <summary>Draws a face's attributes: colours, shapes and moods with weights that give a varied but plausible crowd.</summary>
internal static class FaceSampler
{
    private static readonly Rgb[] SkinStops =
    [
        Rgb.Hex(0x54331F), Rgb.Hex(0x7A4B2E), Rgb.Hex(0x9F6A43), Rgb.Hex(0xC48E63), Rgb.Hex(0xE2B088), Rgb.Hex(0xF1C9A8), Rgb.Hex(0xFADCC6),
    ];

    private static readonly Rgb[] HairColours =
    [
        Rgb.Hex(0x1C1714), Rgb.Hex(0x33221A), Rgb.Hex(0x53351F), Rgb.Hex(0x7A4C28), Rgb.Hex(0x8E3B1E), Rgb.Hex(0xC0622B),
        Rgb.Hex(0xC99A4B), Rgb.Hex(0xE8CF8E), Rgb.Hex(0x8D8A88), Rgb.Hex(0xDAD8D4), Rgb.Hex(0xC75B8C), Rgb.Hex(0x3F74B5), Rgb.Hex(0x2F8F87),
    ];

    private static readonly int[] HairWeights = [20, 20, 18, 13, 6, 6, 12, 7, 6, 5, 2, 2, 1];
    private static readonly int[] DarkHairWeights = [44, 30, 10, 3, 1, 0, 1, 1, 5, 4, 1, 1, 1];

    private static readonly Rgb[] IrisColours =
        [Rgb.Hex(0x4A2A15), Rgb.Hex(0x6E4420), Rgb.Hex(0x8A6A2C), Rgb.Hex(0x4C8348), Rgb.Hex(0x3D78B8), Rgb.Hex(0x6C93B0)];

    private static readonly int[] IrisWeights = [26, 20, 12, 14, 18, 10];
    private static readonly int[] DarkIrisWeights = [60, 28, 8, 2, 1, 1];

    private static readonly HairStyle[] Styles =
    [
        new(0.13f, 0.04f, 0.10f, 0f, 0f, 0.00f, Hairline.Round, HairExtra.None, 1f), // short
        new(0.22f, 0.05f, 0.05f, 0f, 0f, 0.02f, Hairline.Parted, HairExtra.None, 1f), // quiff, parted
        new(0.05f, 0.01f, 0.00f, 0f, 0f, 0.00f, Hairline.Round, HairExtra.None, 0.62f), // buzz cut
        new(0.12f, 0.04f, 0.05f, 0f, 0f, 0.01f, Hairline.Receding, HairExtra.None, 1f),
        new(0.17f, 0.09f, 0.30f, 0.55f, 0.86f, 0.02f, Hairline.Fringe, HairExtra.None, 1f), // pageboy
        new(0.17f, 0.11f, 0.75f, 0.95f, 0.95f, 0.01f, Hairline.Parted, HairExtra.None, 1f), // bob
        new(0.16f, 0.11f, 0.95f, 1.75f, 1.08f, 0.01f, Hairline.Parted, HairExtra.None, 1f), // long, straight
        new(0.19f, 0.15f, 0.85f, 1.65f, 1.18f, 0.05f, Hairline.Parted, HairExtra.None, 1f), // long, wavy
        new(0.16f, 0.11f, 0.90f, 1.75f, 1.05f, 0.01f, Hairline.Fringe, HairExtra.None, 1f), // long with a fringe
        new(0.36f, 0.32f, 0.30f, 0.35f, 0.98f, 0.07f, Hairline.Round, HairExtra.None, 1f), // afro
        new(0.27f, 0.19f, 0.35f, 0.50f, 0.92f, 0.06f, Hairline.Fringe, HairExtra.None, 1f), // curls
        new(0.09f, 0.03f, 0.05f, 0f, 0f, 0.00f, Hairline.Parted, HairExtra.Bun, 1f),
        new(0.11f, 0.04f, 0.15f, 0f, 0f, 0.00f, Hairline.Fringe, HairExtra.Pigtails, 1f),
        new(0.10f, 0.03f, 0.10f, 0f, 0f, 0.00f, Hairline.Round, HairExtra.Ponytail, 1f),
    ];

    private static readonly int[] FeminineStyles = [2, 2, 0, 0, 6, 13, 16, 15, 11, 4, 6, 8, 4, 7];
    private static readonly int[] MasculineStyles = [32, 24, 9, 12, 5, 1, 1, 1, 0, 6, 7, 1, 0, 1];
    private static readonly int[] BeardWeights = [52, 16, 7, 8, 17];
    private static readonly int[] GlassesWeights = [80, 9, 8, 3];

    private static readonly Rgb[] FrameColours =
        [Rgb.Hex(0x191919), Rgb.Hex(0x3A2416), Rgb.Hex(0x7B2A2A), Rgb.Hex(0x24395E), Rgb.Hex(0x9A7B3C)];

    public static FaceAttributes Draw(ref HashRandom random)
    {
        var feminine = random.Chance(0.5f);
        var age = random.Chance(0.2f) ? random.Range(0.5f, 1f) : random.Range(0f, 0.4f);
        var tone = random.Uniform();
        var skin = Rgb.Ramp(SkinStops, tone) * new Rgb(1f + 0.03f * random.Bell(), 1f + 0.03f * random.Bell(), 1f + 0.05f * random.Bell());
        var bald = !feminine && random.Chance(0.06f + 0.12f * age);
        var style = Styles[random.PickWeighted(feminine ? FeminineStyles : MasculineStyles)];
        style = style with
        {
            Top = style.Top * random.Range(0.8f, 1.25f),
            Side = style.Side * random.Range(0.8f, 1.25f),
            SideEnd = style.SideEnd + 0.08f * random.Bell(),
            BackEnd = style.BackEnd * random.Range(0.9f, 1.1f),
            BackWidth = style.BackWidth * random.Range(0.92f, 1.08f),
        };
        var hair = HairColours[random.PickWeighted(tone < 0.45f ? DarkHairWeights : HairWeights)] * (1f + 0.14f * random.Bell());
        hair = Rgb.Lerp(hair, Rgb.Hex(0xC9C6C3), age > 0.5f ? (age - 0.5f) * 1.5f * random.Uniform() : 0f);
        var beard = feminine ? Beard.None : (Beard)random.PickWeighted(BeardWeights);
        var lipstick = feminine ? random.Uniform() * random.Uniform() : 0f;
        var smile = random.Range(-0.35f, 1f);
        var hue = random.Uniform();
        var backSaturation = random.Range(0.08f, 0.5f);
        var backValue = random.Range(0.35f, 0.92f);
        var otherHue = hue + random.Range(-0.12f, 0.12f);

        return new FaceAttributes
        {
            Head = new Pose(0.09f * random.Bell(), 0.01f + 0.05f * random.Bell(), 0.685f * (1f + 0.10f * random.Bell()), 0.03f * random.Bell()),
            Yaw = 0.17f * random.Bell(),
            Pitch = 0.06f * random.Bell(),
            LightX = random.Range(-0.65f, 0.65f),
            LightY = random.Range(-0.75f, -0.25f),
            HalfWidth = 0.755f + 0.06f * random.Bell() + (feminine ? -0.015f : 0.02f),
            Taper = (feminine ? 0.36f : 0.27f) + 0.14f * random.Bell(),
            Skin = skin,
            Age = age,
            Blush = (feminine ? 0.35f : 0.2f) * random.Uniform(),
            Freckles = tone > 0.55f && random.Chance(0.12f),
            Bald = bald,
            Style = style,
            Hair = hair,
            PartX = 0.42f * random.Bell(),
            HairInFront = random.Chance(0.55f),
            Beard = beard,
            EyeX = 0.325f + 0.03f * random.Bell(),
            EyeWidth = (feminine ? 0.178f : 0.165f) * (1f + 0.14f * random.Bell()),
            EyeOpen = (feminine ? 0.60f : 0.52f) * (1f + 0.28f * random.Bell()) - 0.06f * MathF.Max(smile, 0f),
            EyeTilt = 0.14f * random.Bell(),
            Iris = IrisColours[random.PickWeighted(tone < 0.45f ? DarkIrisWeights : IrisWeights)] * (1f + 0.12f * random.Bell()),
            GazeX = 0.9f * random.Bell(),
            GazeY = 0.5f * random.Bell(),
            Lash = feminine ? random.Range(0.5f, 1f) : random.Range(0.1f, 0.4f),
            BrowThickness = (feminine ? 0.034f : 0.05f) * (1f + 0.45f * random.Bell()),
            BrowRaise = 0.05f * random.Bell(),
            BrowTilt = 0.22f * random.Bell(),
            NoseWidth = 0.125f + 0.04f * random.Bell() + (feminine ? -0.01f : 0.01f),
            NoseLength = 0.40f + 0.05f * random.Bell(),
            MouthWidth = 0.275f + 0.05f * random.Bell() + 0.04f * MathF.Max(smile, 0f),
            Smile = smile,
            MouthOpen = random.Chance(0.42f) ? random.Range(0.25f, 1f) * (0.45f + 0.55f * MathF.Max(smile, 0f)) : 0f,
            LipFullness = (feminine ? 0.085f : 0.066f) * (1f + 0.4f * random.Bell()),
            Lipstick = lipstick,
            LipstickColour = Rgb.Hsv(0.98f + 0.04f * random.Bell(), random.Range(0.55f, 0.85f), random.Range(0.55f, 0.85f)),
            Glasses = (Glasses)random.PickWeighted(GlassesWeights),
            Frame = FrameColours[random.Pick(FrameColours.Length)],
            Earrings = feminine && random.Chance(0.3f),
            Clothes = Rgb.Hsv(random.Uniform(), random.Range(0.1f, 0.65f), random.Range(0.2f, 0.9f)),
            Collar = random.Pick(3),
            BackgroundA = Rgb.Hsv(hue, backSaturation, Clamp01(backValue + random.Range(0.05f, 0.2f))),
            BackgroundB = Rgb.Hsv(otherHue, Clamp01(backSaturation + random.Range(0f, 0.2f)), backValue * random.Range(0.55f, 0.9f)),
            BackgroundTurn = random.Uniform(),
            Texture = (uint)(random.NextBits() >> 32),
        };
    }
}
