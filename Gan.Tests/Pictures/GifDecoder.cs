using Xunit;

namespace Gan.Tests.Pictures;

/// <summary>A frame of a GIF as RGB, and its delay in hundredths of a second.</summary>
internal sealed record DecodedFrame(int Width, int Height, byte[] Rgb, int Delay);

/// <summary>Reads GIF89a files as the specification says, sharing nothing with the encoder. Only what the tests need: whole-screen frames, no interlacing.</summary>
internal static class GifDecoder
{
    public static (List<DecodedFrame> Frames, int? Loops) Decode(byte[] file)
    {
        Assert.Equal("GIF89a", System.Text.Encoding.ASCII.GetString(file, 0, 6));
        int width = Word(file, 6), height = Word(file, 8), at = 13, delay = 0;
        Assert.Equal(0, file[10] & 0x80);
        int? loops = null;
        List<DecodedFrame> frames = [];
        while (file[at] != 0x3B)
        {
            byte kind = file[at++];
            if (kind == 0x21)
            {
                byte label = file[at++];
                byte[] first = file[(at + 1)..(at + 1 + file[at])];
                at += 1 + file[at];
                byte[] rest = Blocks(file, ref at);
                if (label == 0xF9)
                {
                    Assert.Equal((4, 0), (first.Length, first[0] & 1));
                    delay = Word(first, 1);
                }
                else
                {
                    Assert.Equal((0xFF, "NETSCAPE2.0"), (label, System.Text.Encoding.ASCII.GetString(first)));
                    loops = Word(rest, 1);
                }
                continue;
            }
            Assert.Equal(0x2C, kind);
            Assert.Equal((0, 0, width, height), (Word(file, at), Word(file, at + 2), Word(file, at + 4), Word(file, at + 6)));
            byte flags = file[at + 8];
            Assert.Equal(0x80, flags & 0xC0);
            at += 9;
            byte[] palette = file[at..(at + (3 << ((flags & 7) + 1)))];
            at += palette.Length;
            int minimum = file[at++];
            byte[] indices = Lzw(Blocks(file, ref at), minimum, width * height);
            frames.Add(new(width, height, [.. indices.SelectMany(i => palette[(3 * i)..(3 * i + 3)])], delay));
        }
        Assert.Equal(file.Length, at + 1);
        return (frames, loops);
    }

    /// <summary>Strings are kept whole; a code not yet in the table is the last string and its own first byte.</summary>
    private static byte[] Lzw(byte[] data, int minimum, int count)
    {
        int clear = 1 << minimum, end = clear + 1, size = minimum + 1, bit = 0;
        List<byte[]> table = [];
        byte[]? last = null;
        List<byte> output = [];
        while (true)
        {
            int code = 0;
            for (int i = 0; i < size; i++, bit++)
            {
                code |= (data[bit >> 3] >> (bit & 7) & 1) << i;
            }
            if (code == clear)
            {
                table = [.. Enumerable.Range(0, clear).Select(static i => new[] { (byte)i }), [], []];
                (size, last) = (minimum + 1, null);
                continue;
            }
            if (code == end)
            {
                break;
            }
            Assert.True(code < table.Count || (code == table.Count && last is not null), $"code {code} of {table.Count}");
            byte[] text = code < table.Count ? table[code] : [.. last!, last![0]];
            output.AddRange(text);
            if (last is not null && table.Count < 4096)
            {
                table.Add([.. last, text[0]]);
            }
            last = text;
            if (table.Count == 1 << size && size < 12)
            {
                size++;
            }
        }
        Assert.Equal(count, output.Count);
        Assert.True(data.Length - (bit + 7) / 8 <= 0, "bytes behind the end code");
        return [.. output];
    }

    private static byte[] Blocks(byte[] file, ref int at)
    {
        List<byte> data = [];
        while (file[at] != 0)
        {
            data.AddRange(file.AsSpan(at + 1, file[at]));
            at += 1 + file[at];
        }
        at++;
        return [.. data];
    }

    private static int Word(byte[] file, int at) => file[at] | file[at + 1] << 8;
}
