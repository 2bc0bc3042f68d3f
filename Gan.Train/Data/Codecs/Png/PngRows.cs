using System.Numerics;

namespace Gan.Train.Data.Codecs.Png;

/// <summary>Reads the rows of one image, or of one interlace pass, and takes their filters off (section 9).</summary>
internal sealed class PngRows
{
    private readonly Stream _stream;
    private readonly int _step;
    private byte[] _current;
    private byte[] _previous;

    /// <param name="stream">Inflated data, at the first row's filter byte.</param>
    /// <param name="header">For the pixel's size.</param>
    /// <param name="width">Pixels a row, of this pass.</param>
    public PngRows(Stream stream, PngHeader header, int width)
    {
        (_stream, _step) = (stream, header.FilterStep);
        _current = new byte[1 + header.RowBytes(width)];
        _previous = new byte[_current.Length];
    }

    /// <summary>The next row's bytes, unfiltered; valid until the call after.</summary>
    public ReadOnlySpan<byte> Next()
    {
        (_current, _previous) = (_previous, _current);
        if (_stream.ReadAtLeast(_current, _current.Length, throwOnEndOfStream: false) < _current.Length)
        {
            throw new ImageFormatException("PNG is truncated: its data ends before the last row; copy or write the file again");
        }
        var row = _current.AsSpan(1);
        Unfilter(_current[0], row, _previous.AsSpan(1), _step);
        return row;
    }

    private static void Unfilter(int filter, Span<byte> row, ReadOnlySpan<byte> above, int step)
    {
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (var i = step; i < row.Length; i++)
                {
                    row[i] += row[i - step];
                }
                break;
            case 2:
                Up(row, above);
                break;
            case 3:
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] += (byte)(((i < step ? 0 : row[i - step]) + above[i]) >> 1);
                }
                break;
            case 4:
                // Left of the first pixel both neighbours are 0, and the predictor is the byte above.
                Up(row[..Math.Min(step, row.Length)], above);
                for (var i = step; i < row.Length; i++)
                {
                    row[i] += Paeth(row[i - step], above[i], above[i - step]);
                }
                break;
            default:
                throw new ImageFormatException($"PNG has a row with filter {filter}, the standard has 0 to 4: damaged; copy the file again");
        }
    }

    private static void Up(Span<byte> row, ReadOnlySpan<byte> above)
    {
        var i = 0;
        for (; i <= row.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            (new Vector<byte>(row[i..]) + new Vector<byte>(above[i..])).CopyTo(row[i..]);
        }
        for (; i < row.Length; i++)
        {
            row[i] += above[i];
        }
    }

    /// <summary>Of left, above and upper left the one nearest to left + above - upper left; ties in this order (section 9.4).</summary>
    public static byte Paeth(int left, int above, int upperLeft)
    {
        var (dLeft, dAbove) = (Math.Abs(above - upperLeft), Math.Abs(left - upperLeft));
        var dUpperLeft = Math.Abs(left + above - 2 * upperLeft);
        return (byte)(dLeft <= dAbove && dLeft <= dUpperLeft ? left : dAbove <= dUpperLeft ? above : upperLeft);
    }
}
