using System.Buffers.Binary;

namespace Gan.Train.Data.Codecs.Jpeg;

/// <summary>The frame header (T.81, B.2.2) and the buffers of its components.</summary>
internal sealed class JpegFrame
{
    public required int Width { get; init; }
    public required int Height { get; init; }
    public required bool IsProgressive { get; init; }
    public required JpegComponent[] Components { get; init; }
    public int MaxH { get; private init; }
    public int MaxV { get; private init; }
    public int McusWide => JpegComponent.CeilDiv(Width, 8 * MaxH);
    public int McusHigh => JpegComponent.CeilDiv(Height, 8 * MaxV);

    public static JpegFrame Parse(int marker, ReadOnlySpan<byte> data, DecodeLimits limits)
    {
        if (marker is not (0xC0 or 0xC1 or 0xC2))
        {
            throw new ImageFormatException($"JPEG is of a rare kind ({KindName(marker)}); convert it to an ordinary baseline or progressive JPEG");
        }
        if (data.Length < 6 || data.Length != 6 + 3 * data[5])
        {
            throw new ImageFormatException($"JPEG frame header has {data.Length} bytes, which does not fit its components: damaged; copy the file again");
        }
        var (precision, height, width, count) =
            (data[0], BinaryPrimitives.ReadUInt16BigEndian(data[1..]), BinaryPrimitives.ReadUInt16BigEndian(data[3..]), data[5]);
        if (precision != 8)
        {
            throw new ImageFormatException($"JPEG has samples of {precision} bits; convert it to 8 bits");
        }
        if (height == 0 && width > 0)
        {
            throw new ImageFormatException("JPEG leaves its height open (a DNL segment would follow); write the file again with an ordinary encoder");
        }
        limits.CheckSize("JPEG", width, height);
        if (count is not (1 or 3 or 4))
        {
            throw new ImageFormatException($"JPEG has {count} components; 1 (grey), 3 (colour) and 4 (CMYK) are known: convert it to RGB");
        }
        var components = new JpegComponent[count];
        for (var i = 0; i < count; i++)
        {
            var c = data.Slice(6 + 3 * i, 3);
            var (h, v) = (c[1] >> 4, c[1] & 15);
            if (h is < 1 or > 4 || v is < 1 or > 4 || c[2] > 3)
            {
                throw new ImageFormatException($"JPEG component {c[0]} has sampling {h}x{v} and quantization table {c[2]}: damaged; copy the file again");
            }
            foreach (var earlier in components.AsSpan(0, i))
            {
                if (earlier.Id == c[0])
                {
                    throw new ImageFormatException($"JPEG has two components with number {c[0]}: damaged; write the file again");
                }
            }
            components[i] = new JpegComponent { Id = c[0], H = h, V = v, QuantIndex = c[2] };
        }
        var (maxH, maxV) = (components.Max(c => c.H), components.Max(c => c.V));
        foreach (var component in components)
        {
            component.SetSize(width, height, maxH, maxV);
        }
        return new JpegFrame
        {
            Width = width,
            Height = height,
            IsProgressive = marker == 0xC2,
            Components = components,
            MaxH = maxH,
            MaxV = maxV,
        };
    }

    /// <summary>
    /// Takes the memory for planes and coefficients, after checking that the rest of the file can hold an image of this size:
    /// a sequential block is at least two Huffman codes, a progressive one at least the code of its first DC scan.
    /// </summary>
    public void Allocate(long bytesLeft)
    {
        var blocks = Components.Sum(c => (long)c.BlocksWide * c.BlocksHigh);
        DecodeLimits.CheckPlausible("JPEG", blocks * (IsProgressive ? 1 : 2) / 8, bytesLeft);
        foreach (var c in Components)
        {
            var samples = checked(c.PaddedBlocksWide * c.PaddedBlocksHigh * 64);
            c.Plane = GC.AllocateUninitializedArray<byte>(samples);
            if (IsProgressive)
            {
                c.Coefficients = new short[samples];
            }
        }
    }

    private static string KindName(int marker) => marker switch
    {
        0xC3 => "lossless",
        0xC5 or 0xC6 or 0xC7 => "hierarchical",
        0xC9 => "arithmetic coding",
        0xCA => "progressive with arithmetic coding",
        _ => $"frame type {marker:X2}",
    };
}
