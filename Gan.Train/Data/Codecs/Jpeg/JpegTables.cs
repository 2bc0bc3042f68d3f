using System.Buffers.Binary;

namespace Gan.Train.Data.Codecs.Jpeg;

/// <summary>Quantization and Huffman tables as the file's segments define and redefine them. Defining is cheap, so that a file of nothing
/// but tables cannot cost much; look-ups are built when a scan uses a table.</summary>
internal sealed class JpegTables
{
    private readonly int[]?[] _quant = new int[4][];
    private readonly byte[]?[] _huffman = new byte[8][]; // 16 counts, then up to 256 symbols; DC tables first
    private readonly JpegHuffmanTable?[] _built = new JpegHuffmanTable[8];

    /// <summary>A DQT segment (T.81, B.2.4.1).</summary>
    public void DefineQuant(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var (wide, index) = (data[0] >> 4, data[0] & 15);
            var bytes = 64 * (wide + 1);
            if (wide > 1 || index > 3 || data.Length < 1 + bytes)
            {
                throw new ImageFormatException("JPEG has a damaged quantization table (DQT); copy the file again");
            }
            var table = _quant[index] ??= new int[64];
            for (var i = 0; i < 64; i++)
            {
                table[JpegScan.Zigzag[i]] = wide == 0 ? data[1 + i] : BinaryPrimitives.ReadUInt16BigEndian(data[(1 + 2 * i)..]);
            }
            data = data[(1 + bytes)..];
        }
    }

    /// <summary>A DHT segment (T.81, B.2.4.2).</summary>
    public void DefineHuffman(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var (kind, index) = (data[0] >> 4, data[0] & 15);
            var symbols = 0;
            for (var i = 1; i <= 16 && i < data.Length; i++)
            {
                symbols += data[i];
            }
            if (kind > 1 || index > 3 || symbols > 256 || data.Length < 17 + symbols)
            {
                throw new ImageFormatException("JPEG has a damaged Huffman table (DHT); copy the file again");
            }
            var at = kind * 4 + index;
            data.Slice(1, 16 + symbols).CopyTo(_huffman[at] ??= new byte[16 + 256]);
            _built[at] = null;
            data = data[(17 + symbols)..];
        }
    }

    /// <summary>A copy, since a later segment may change the table for another component.</summary>
    public int[] Quant(int index) => (int[])(_quant[index]
        ?? throw new ImageFormatException($"JPEG uses quantization table {index} without defining it: damaged; copy the file again")).Clone();

    public JpegHuffmanTable Huffman(bool isAc, int index)
    {
        var at = (isAc ? 4 : 0) + index;
        var raw = index > 3 ? null : _huffman[at];
        if (raw == null)
        {
            throw new ImageFormatException(
                $"JPEG uses {(isAc ? "AC" : "DC")} Huffman table {index} without defining it: damaged; copy the file again");
        }
        var symbols = 0;
        foreach (var count in raw.AsSpan(0, 16))
        {
            symbols += count;
        }
        return _built[at] ??= new JpegHuffmanTable(raw.AsSpan(0, 16), raw.AsSpan(16, symbols));
    }
}
