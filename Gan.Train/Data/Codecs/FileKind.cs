using System.Text;

namespace Gan.Train.Data.Codecs;

/// <summary>Says what unexpected bytes are, for error messages.</summary>
internal static class FileKind
{
    public static string Describe(ReadOnlySpan<byte> file)
    {
        if (file.IsEmpty)
        {
            return "the file is empty";
        }
        var name = Name(file);
        if (name != null)
        {
            return $"the file is {name}";
        }
        if (file.Length < 4)
        {
            return $"the file has only {file.Length} bytes ({Convert.ToHexString(file)})";
        }
        var head = file[..Math.Min(file.Length, 64)];
        if (IsText(head))
        {
            var line = Encoding.UTF8.GetString(head[..Math.Min(head.Length, 32)]).ReplaceLineEndings(" ").Trim();
            return $"the file is text (\"{line}\")";
        }
        return $"the file is of an unknown kind (first bytes {Convert.ToHexString(head[..Math.Min(head.Length, 8)])})";
    }

    private static string? Name(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith("GIF8"u8)) { return "a GIF image"; }
        if (file.StartsWith("BM"u8) && file.Length >= 26) { return "a BMP image"; }
        if (file.StartsWith("RIFF"u8)) { return file.Length >= 12 && file[8..12].SequenceEqual("WEBP"u8) ? "a WebP image" : "a RIFF file"; }
        if (file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8)) { return "a TIFF image"; }
        if (file.Length >= 12 && file[4..8].SequenceEqual("ftyp"u8))
        {
            return file[8..12].SequenceEqual("avif"u8) ? "an AVIF image" : "a HEIF image or MP4 film";
        }
        if (file.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 12, (byte)'j', (byte)'P'])) { return "a JPEG 2000 image"; }
        if (file.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 12, (byte)'J', (byte)'X']) || file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]))
        {
            return "a JPEG XL image";
        }
        if (file.StartsWith("8BPS"u8)) { return "a Photoshop document"; }
        if (file.StartsWith((ReadOnlySpan<byte>)[0, 0, 1, 0])) { return "an icon (ICO)"; }
        if (file.StartsWith("P7\n"u8)) { return "a PAM image"; }
        if (file.StartsWith("PF\n"u8) || file.StartsWith("Pf\n"u8)) { return "a floating-point PFM image"; }
        if (file.StartsWith("%PDF"u8)) { return "a PDF document"; }
        if (file.StartsWith("PK\x03\x04"u8)) { return "a zip archive (unpack it)"; }
        if (file.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B])) { return "gzip data (unpack it)"; }
        if (file.Length >= 262 && file[257..262].SequenceEqual("ustar"u8)) { return "a tar archive (unpack it)"; }
        if (file.StartsWith("version https://git-lfs"u8)) { return "a Git LFS pointer, not the image itself (run git lfs pull)"; }
        if (file.StartsWith((ReadOnlySpan<byte>)[0, 0, 8, 3])) { return "MNIST IDX data (give it to --data by itself)"; }
        if (file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']))
        {
            return "a PNG whose first eight bytes were altered, as by a text-mode transfer (copy it again in binary)";
        }
        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8])) { return "the first two bytes of a JPEG without any segment after them"; }
        if (file.TrimStart(" \t\r\n"u8).StartsWith("<"u8)) { return "text in a mark-up language (HTML, SVG or XML)"; }
        return file.IndexOfAnyExcept((byte)0) < 0 ? $"{file.Length} zero bytes (an unfinished copy?)" : null;
    }

    private static bool IsText(ReadOnlySpan<byte> head)
    {
        foreach (var b in head)
        {
            if (b < 32 && b is not (9 or 10 or 13))
            {
                return false;
            }
        }
        return true;
    }
}
