namespace Gan.Train.Data.Codecs.Jpeg;

/// <summary>
/// A Huffman table (T.81, annexes C and F) as look-ups: one for codes of up to nine bits, one for whole AC coefficients
/// (code and value bits together) of up to nine, and the canonical limits for the longer codes.
/// </summary>
internal sealed class JpegHuffmanTable
{
    public const int LookupBits = 9;

    /// <summary>By the next nine bits: code length * 256 + symbol; 0 where the code is longer.</summary>
    private readonly ushort[] _codes = new ushort[1 << LookupBits];

    /// <summary>By the next nine bits: value * 256 + run * 16 + bits used; 0 where they do not hold a whole coefficient.</summary>
    private readonly short[] _coefficients = new short[1 << LookupBits];

    /// <summary>For each length: the first 16-bit window above its codes, and symbol index minus code.</summary>
    private readonly int[] _limit = new int[17];
    private readonly int[] _offset = new int[17];
    private readonly byte[] _symbols;

    /// <param name="counts">Number of codes of length 1 to 16.</param>
    /// <param name="symbols">The symbols in order of their codes.</param>
    public JpegHuffmanTable(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols)
    {
        _symbols = symbols.ToArray();
        var (code, index) = (0, 0);
        for (var length = 1; length <= 16; length++)
        {
            _offset[length] = index - code;
            for (var i = 0; i < counts[length - 1]; i++, code++, index++)
            {
                if (code >= 1 << length)
                {
                    throw new ImageFormatException("JPEG has a Huffman table with more codes than its lengths allow: damaged; copy the file again");
                }
                if (length <= LookupBits)
                {
                    var spare = LookupBits - length;
                    _codes.AsSpan(code << spare, 1 << spare).Fill((ushort)(length << 8 | symbols[index]));
                }
            }
            _limit[length] = code << (16 - length);
            code <<= 1;
        }
        FillCoefficients();
    }

    private void FillCoefficients()
    {
        for (var bits = 0; bits < _codes.Length; bits++)
        {
            var (length, symbol) = (_codes[bits] >> 8, _codes[bits] & 255);
            var (run, size) = (symbol >> 4, symbol & 15);
            if (length == 0 || size == 0 || length + size > LookupBits)
            {
                continue;
            }
            var raw = (bits >> (LookupBits - length - size)) & ((1 << size) - 1);
            var value = JpegBitReader.Extend(raw, size);
            if (value is >= -128 and <= 127)
            {
                _coefficients[bits] = (short)(value * 256 + run * 16 + length + size);
            }
        }
    }

    /// <summary>A whole AC coefficient if the next nine bits hold one: value * 256 + run * 16 + bits; else 0.</summary>
    public int PeekCoefficient(ulong window) => _coefficients[(int)(window >> (64 - LookupBits))];

    /// <summary>Reads one symbol. Needs 16 bits in the reader.</summary>
    public int Decode(ref JpegBitReader reader)
    {
        var entry = (int)_codes[(int)(reader.Window >> (64 - LookupBits))];
        if (entry != 0)
        {
            reader.Skip(entry >> 8);
            return entry & 255;
        }
        var next = (int)(reader.Window >> 48);
        for (var length = LookupBits + 1; length <= 16; length++)
        {
            if (next < _limit[length])
            {
                reader.Skip(length);
                return _symbols[(next >> (16 - length)) + _offset[length]];
            }
        }
        throw new ImageFormatException("JPEG has a bit pattern that is no Huffman code: damaged; copy the file again");
    }
}
