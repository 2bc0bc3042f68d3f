using System.Buffers.Binary;
using System.Text;

namespace Gan.Train.Data.Codecs.Png;

/// <summary>Walks over a PNG's chunks, checking lengths, names and CRCs.</summary>
internal ref struct PngChunks(ReadOnlySpan<byte> file)
{
    private ReadOnlySpan<byte> _rest = file[PngFormat.Signature.Length..];

    public ReadOnlySpan<byte> Type { get; private set; }
    public ReadOnlySpan<byte> Data { get; private set; }

    public readonly string Name => Encoding.ASCII.GetString(Type);
    public readonly bool IsAncillary => (Type[0] & 0x20) != 0;
    public readonly bool Is(ReadOnlySpan<byte> type) => Type.SequenceEqual(type);

    /// <summary>Moves to the next chunk. The end of the file is an error: IEND comes before it.</summary>
    public void Next()
    {
        if (_rest.Length < 12)
        {
            throw new ImageFormatException("PNG is truncated: it ends without an IEND chunk; copy or write the file again");
        }
        var length = BinaryPrimitives.ReadUInt32BigEndian(_rest);
        Type = _rest.Slice(4, 4);
        foreach (var letter in Type)
        {
            if (!char.IsAsciiLetter((char)letter))
            {
                throw new ImageFormatException($"PNG chunk name {Convert.ToHexString(Type)} is not four letters: damaged; copy the file again");
            }
        }
        if (length > _rest.Length - 12)
        {
            throw new ImageFormatException(
                $"PNG is truncated: chunk {Name} declares {length} bytes, {_rest.Length - 12} are left; copy or write the file again");
        }
        Data = _rest.Slice(8, (int)length);
        var stored = BinaryPrimitives.ReadUInt32BigEndian(_rest[(8 + (int)length)..]);
        var computed = Crc32.Compute(_rest.Slice(4, 4 + (int)length));
        if (stored != computed)
        {
            throw new ImageFormatException($"PNG chunk {Name} has CRC {stored:X8}, its bytes give {computed:X8}: damaged; copy the file again");
        }
        _rest = _rest[(12 + (int)length)..];
    }
}
