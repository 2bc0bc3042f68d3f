namespace Gan.Train.Data.Synthetic;

internal enum Hairline
{
    Round,
    Fringe,
    Parted,
    Receding,
}

internal enum HairExtra
{
    None,
    Bun,
    Pigtails,
    Ponytail,
}

internal enum Beard
{
    None,
    Stubble,
    Moustache,
    Goatee,
    Full,
}

internal enum Glasses
{
    None,
    Round,
    Square,
    Dark,
}

/// <summary>How one haircut is built; lengths in head units (the head is 2 high, from -1 at the crown to 1 at the chin).</summary>
/// <param name="Top">Hair above the skull.</param>
/// <param name="Side">Hair outside the skull at the temples.</param>
/// <param name="SideEnd">y where the hair beside the face ends.</param>
/// <param name="BackEnd">y where the hair behind the head ends; 0 for none to be seen.</param>
/// <param name="BackWidth">Half-width of that hair at its end.</param>
/// <param name="Curl">Depth of the outline's curls.</param>
internal readonly record struct HairStyle(
    float Top, float Side, float SideEnd, float BackEnd, float BackWidth, float Curl, Hairline Line, HairExtra Extra, float Opacity);

/// <summary>Everything that is drawn by lot for one face, in the order drawn; the painter adds no chance of its own.</summary>
internal sealed class FaceAttributes
{
    // Pose and light.
    public required Pose Head { get; init; }
    public required float Yaw { get; init; }
    public required float Pitch { get; init; }
    public required float LightX { get; init; }
    public required float LightY { get; init; }

    // Head.
    public required float HalfWidth { get; init; }
    public required float Taper { get; init; }
    public required Rgb Skin { get; init; }
    public required float Age { get; init; }
    public required float Blush { get; init; }
    public required bool Freckles { get; init; }

    // Hair.
    public required bool Bald { get; init; }
    public required HairStyle Style { get; init; }
    public required Rgb Hair { get; init; }
    public required float PartX { get; init; }
    public required bool HairInFront { get; init; }
    public required Beard Beard { get; init; }

    // Eyes and brows.
    public required float EyeX { get; init; }
    public required float EyeWidth { get; init; }
    public required float EyeOpen { get; init; }
    public required float EyeTilt { get; init; }
    public required Rgb Iris { get; init; }
    public required float GazeX { get; init; }
    public required float GazeY { get; init; }
    public required float Lash { get; init; }
    public required float BrowThickness { get; init; }
    public required float BrowRaise { get; init; }
    public required float BrowTilt { get; init; }

    // Nose and mouth.
    public required float NoseWidth { get; init; }
    public required float NoseLength { get; init; }
    public required float MouthWidth { get; init; }
    public required float Smile { get; init; }
    public required float MouthOpen { get; init; }
    public required float LipFullness { get; init; }
    public required float Lipstick { get; init; }
    public required Rgb LipstickColour { get; init; }

    // Things worn, and what is behind.
    public required Glasses Glasses { get; init; }
    public required Rgb Frame { get; init; }
    public required bool Earrings { get; init; }
    public required Rgb Clothes { get; init; }
    public required int Collar { get; init; }
    public required Rgb BackgroundA { get; init; }
    public required Rgb BackgroundB { get; init; }
    public required float BackgroundTurn { get; init; }

    /// <summary>Seeds the hair's strands and curls.</summary>
    public required uint Texture { get; init; }
}
