namespace Gan.Train.Data.Codecs;

/// <summary>CRC-32 of ISO 3309 (polynomial 0x04C11DB7 reflected), as PNG uses it; eight bytes a round ("slicing by 8").</summary>
internal static class Crc32
{
    private static readonly uint[][] Tables = MakeTables();

    /// <summary>The checksum of <paramref name="data"/>; pass an earlier result as <paramref name="crc"/> to go on with it.</summary>
    public static uint Compute(ReadOnlySpan<byte> data, uint crc = 0)
    {
        crc = ~crc;
        var t = Tables;
        while (data.Length >= 8)
        {
            var low = crc ^ System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(data);
            crc = t[7][(byte)low] ^ t[6][(byte)(low >> 8)] ^ t[5][(byte)(low >> 16)] ^ t[4][low >> 24]
                ^ t[3][data[4]] ^ t[2][data[5]] ^ t[1][data[6]] ^ t[0][data[7]];
            data = data[8..];
        }
        foreach (var b in data)
        {
            crc = (crc >> 8) ^ t[0][(byte)(crc ^ b)];
        }
        return ~crc;
    }

    private static uint[][] MakeTables()
    {
        var tables = new uint[8][];
        for (var k = 0; k < 8; k++)
        {
            tables[k] = new uint[256];
        }
        for (uint n = 0; n < 256; n++)
        {
            var c = n;
            for (var bit = 0; bit < 8; bit++)
            {
                c = (c & 1) != 0 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
            }
            tables[0][n] = c;
        }
        for (var n = 0; n < 256; n++)
        {
            for (var k = 1; k < 8; k++)
            {
                var c = tables[k - 1][n];
                tables[k][n] = (c >> 8) ^ tables[0][(byte)c];
            }
        }
        return tables;
    }
}
