namespace Gan.Train.Data.Codecs.Gif;

/// <summary>
/// LZW as GIF has it (GIF89a specification, appendix F): codes of 3 to 12 bits, lowest bit first, in sub-blocks of at most 255 bytes. The table is
/// thrown away when it is full.
/// </summary>
internal static class GifLzw
{
    private const int MaxCodes = 4096;
    private const int HashBits = 13; // at most half full
    private const int Empty = -1;

    /// <summary>The image data behind an image's header: the code size, sub-blocks, and the block terminator.</summary>
    /// <param name="indices">A palette index a pixel, row by row.</param>
    /// <param name="bits">Bits of an index, 1 to 8.</param>
    public static byte[] Encode(ReadOnlySpan<byte> indices, int bits)
    {
        ArgumentOutOfRangeException.ThrowIfZero(indices.Length, nameof(indices));
        int minimum = Math.Max(bits, 2), clear = 1 << minimum, end = clear + 1;
        var output = new BlockWriter(minimum, indices.Length);
        var keys = new int[1 << HashBits];
        var codes = new short[1 << HashBits];
        Array.Fill(keys, Empty);
        int size = minimum + 1, next = end + 1, prefix = indices[0];
        output.Write(clear, size);
        foreach (byte index in indices[1..])
        {
            int key = prefix << 8 | index, slot = (int)((uint)key * 2654435769u >> (32 - HashBits));
            while (keys[slot] != key && keys[slot] != Empty)
            {
                slot = (slot + 1) & ((1 << HashBits) - 1);
            }
            if (keys[slot] == key)
            {
                prefix = codes[slot];
                continue;
            }
            output.Write(prefix, size);
            prefix = index;
            if (next < MaxCodes)
            {
                // A reader knows each entry one code later than we do: the width grows once it can have seen the one before.
                size += next == 1 << size ? 1 : 0;
                (keys[slot], codes[slot]) = (key, (short)next++);
            }
            else
            {
                output.Write(clear, size);
                Array.Fill(keys, Empty);
                (size, next) = (minimum + 1, end + 1);
            }
        }
        output.Write(prefix, size);
        size += next < MaxCodes && next == 1 << size ? 1 : 0;
        output.Write(end, size);
        return output.Finish();
    }

    private sealed class BlockWriter
    {
        private const int BlockBytes = 255;
        private readonly List<byte> _bytes;
        private uint _waiting;
        private int _count, _blockAt;

        public BlockWriter(int minimum, int pixels)
        {
            _bytes = new(pixels / 2 + 16) { (byte)minimum, 0 };
            _blockAt = 1;
        }

        public void Write(int code, int bits)
        {
            _waiting |= (uint)code << _count;
            for (_count += bits; _count >= 8; _count -= 8, _waiting >>= 8)
            {
                Put((byte)_waiting);
            }
        }

        public byte[] Finish()
        {
            if (_count > 0)
            {
                Put((byte)_waiting);
            }
            if (_bytes[_blockAt] > 0)
            {
                _bytes.Add(0); // the terminator; an empty block is one already
            }
            return [.. _bytes];
        }

        /// <summary>The block's first byte counts those behind it.</summary>
        private void Put(byte value)
        {
            _bytes.Add(value);
            if (++_bytes[_blockAt] == BlockBytes)
            {
                _blockAt = _bytes.Count;
                _bytes.Add(0);
            }
        }
    }
}
