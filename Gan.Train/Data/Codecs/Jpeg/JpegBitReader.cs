using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Gan.Train.Data.Codecs.Jpeg;

/// <summary>
/// Bits of an entropy-coded segment, first bit highest. Stuffed zeros after FF are taken out; at a marker the reader stops
/// and supplies zeros, which <see cref="CheckNotPastEnd"/> reports as truncation once any of them has been used.
/// </summary>
internal ref struct JpegBitReader(ReadOnlySpan<byte> data, int position)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private int _count; // bits in the window
    private int _supplied; // of these, zeros from beyond the end

    /// <summary>The next bits, left-aligned.</summary>
    public ulong Window { get; private set; }

    /// <summary>Byte after the last one taken into the window; at a marker, its FF.</summary>
    public int Position { get; private set; } = position;

    /// <summary>Makes at least 32 bits available: a code of 16 and a value of up to 15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Need32()
    {
        if (_count < 32)
        {
            Fill();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Skip(int bits)
    {
        Window <<= bits;
        _count -= bits;
    }

    /// <summary>The next 0 to 16 bits as a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Bits(int bits)
    {
        var value = (int)(Window >> 1 >> (63 - bits));
        Skip(bits);
        return value;
    }

    /// <summary>A signed value of a size category (T.81, F.2.2.1, EXTEND): the lower half of the patterns is negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Extend(int raw, int size) => raw < (1 << size >> 1) ? raw - (1 << size) + 1 : raw;

    public readonly void CheckNotPastEnd()
    {
        if (_count < _supplied)
        {
            throw new ImageFormatException("JPEG is truncated or damaged: its image data ends too early; copy the file again");
        }
    }

    /// <summary>Drops the bits up to the restart marker with the given number (0 to 7) and goes on after it.</summary>
    public void Restart(int number)
    {
        CheckNotPastEnd();
        var at = Position;
        while (at < _data.Length && _data[at] == 0xFF)
        {
            at++;
        }
        if (at == Position || at >= _data.Length || _data[at] != 0xD0 + number || _count - _supplied >= 8)
        {
            throw new ImageFormatException($"JPEG lacks restart marker {number} where one is due: damaged; copy the file again");
        }
        Position = at + 1;
        Window = 0;
        _count = 0;
        _supplied = 0;
    }

    private void Fill()
    {
        if (Position <= _data.Length - 8)
        {
            var eight = BinaryPrimitives.ReadUInt64LittleEndian(_data[Position..]);
            const ulong ones = 0x0101010101010101, highs = ones << 7;
            // No byte is FF exactly when its complement has no zero byte.
            if (((~eight - ones) & eight & highs) == 0)
            {
                var bytes = (63 - _count) >> 3;
                Window |= BinaryPrimitives.ReverseEndianness(eight) >> _count;
                _count += bytes * 8;
                Window &= ~0UL << (64 - _count);
                Position += bytes;
                return;
            }
        }
        while (_count <= 55)
        {
            Window |= (ulong)NextByte() << (56 - _count);
            _count += 8;
        }
    }

    private byte NextByte()
    {
        if (Position < _data.Length)
        {
            var b = _data[Position];
            if (b != 0xFF)
            {
                Position++;
                return b;
            }
            if (Position + 1 < _data.Length && _data[Position + 1] == 0)
            {
                Position += 2;
                return b;
            }
        }
        _supplied += 8;
        return 0;
    }
}
