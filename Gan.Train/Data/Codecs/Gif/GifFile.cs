using System.Buffers.Binary;

namespace Gan.Train.Data.Codecs.Gif;

/// <summary>A picture of an animation and how long it stays, hundredths of a second.</summary>
internal readonly record struct GifFrame(GifImage Image, int Delay);

/// <summary>Writes GIF89a files. Each frame has its own palette and covers the whole screen.</summary>
internal static class GifFile
{
    private const int Descriptor = 0x2C, Extension = 0x21, GraphicControl = 0xF9, Application = 0xFF, Trailer = 0x3B;

    /// <param name="target">Where to.</param>
    /// <param name="frames">At least one; all of one size. Several are repeated for ever.</param>
    public static void Write(Stream target, IReadOnlyList<GifFrame> frames)
    {
        ArgumentOutOfRangeException.ThrowIfZero(frames.Count, nameof(frames));
        (int width, int height) = (frames[0].Image.Width, frames[0].Image.Height);
        target.Write("GIF89a"u8);
        Word(target, width);
        Word(target, height);
        target.Write([0x70, 0, 0]); // no global palette, 8 bits a channel; background 0, square pixels
        if (frames.Count > 1)
        {
            // Netscape's looping extension, which all readers know: repeat 0 times, meaning without end.
            target.Write([Extension, Application, 11, .. "NETSCAPE2.0"u8, 3, 1, 0, 0, 0]);
        }
        foreach ((GifImage image, int delay) in frames)
        {
            if (image.Width != width || image.Height != height)
            {
                throw new ArgumentException($"GIF: a frame of {image.Width}x{image.Height} in an animation of {width}x{height}.", nameof(frames));
            }
            if (frames.Count > 1)
            {
                target.Write([Extension, GraphicControl, 4, 1 << 2]); // the frame stays until the next one covers it
                Word(target, delay);
                target.Write([0, 0]); // no transparent colour
            }
            target.Write([Descriptor, 0, 0, 0, 0]);
            Word(target, width);
            Word(target, height);
            target.WriteByte((byte)(0x80 | (SizeBits(image.Palette.Length / 3) - 1)));
            target.Write(image.Palette);
            target.Write(image.Data);
        }
        target.WriteByte(Trailer);
    }

    /// <summary>A file of one picture.</summary>
    public static byte[] Still(GifImage image)
    {
        using var stream = new MemoryStream(image.Bytes + 16);
        Write(stream, [new(image, 0)]);
        return stream.ToArray();
    }

    private static int SizeBits(int colours) => int.Log2(colours);

    private static void Word(Stream target, int value)
    {
        Span<byte> word = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(word, (ushort)value);
        target.Write(word);
    }
}
