using System.Buffers.Binary;

namespace Gan.Train.Data.Codecs.Jpeg;

/// <summary>
/// Baseline, extended sequential and progressive JPEG with Huffman coding and 8-bit samples (ITU-T T.81), any sampling factors,
/// restart markers, grey, YCbCr, RGB, CMYK and YCCK, EXIF orientation applied. Damaged or truncated data is an error, never half an image.
/// </summary>
internal ref struct JpegDecoder
{
    /// <summary>Work that all scans together may take, in visits to a block: some seconds, and twice what any real image of 64 Mpixel needs.</summary>
    private const long MaxWork = 1L << 28;

    private readonly ReadOnlySpan<byte> _file;
    private readonly DecodeLimits _limits;
    private readonly JpegTables _tables = new();
    private int _position = 2; // after SOI
    private JpegFrame? _frame;
    private int _restartInterval;
    private bool _hasJfif;
    private int? _adobeTransform;
    private int _orientation;
    private long _work;

    private JpegDecoder(ReadOnlySpan<byte> file, DecodeLimits limits)
    {
        _file = file;
        _limits = limits;
    }

    public static DecodedImage Decode(ReadOnlySpan<byte> file, DecodeLimits limits) => new JpegDecoder(file, limits).Decode();

    private DecodedImage Decode()
    {
        while (true)
        {
            var marker = NextMarker();
            if (marker == 0xD9)
            {
                return Finish();
            }
            if (marker is 0x01 or (>= 0xD0 and <= 0xD7))
            {
                continue; // without parameters: TEM, and restart markers left over
            }
            if (marker == 0xD8)
            {
                throw new ImageFormatException("JPEG starts anew in its middle: two files joined, or damaged; copy the file again");
            }
            Segment(marker, ReadSegment(marker));
        }
    }

    private int NextMarker()
    {
        // Bytes between segments are passed over, as every reader does.
        while (_position < _file.Length - 1)
        {
            var next = _file[_position..].IndexOf((byte)0xFF);
            if (next < 0)
            {
                break;
            }
            _position += next + 1;
            if (_position < _file.Length && _file[_position] is not (0 or 0xFF))
            {
                return _file[_position++];
            }
        }
        throw new ImageFormatException("JPEG is truncated: it has no end-of-image marker; copy or write the file again");
    }

    private ReadOnlySpan<byte> ReadSegment(int marker)
    {
        var left = _file.Length - _position;
        var length = left < 2 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(_file[_position..]);
        if (length < 2 || length > left)
        {
            throw new ImageFormatException(
                $"JPEG is truncated or damaged: segment {marker:X2} declares {length} bytes, {left} are left; copy the file again");
        }
        var data = _file.Slice(_position + 2, length - 2);
        _position += length;
        return data;
    }

    private void Segment(int marker, ReadOnlySpan<byte> data)
    {
        switch (marker)
        {
            case 0xC4:
                _tables.DefineHuffman(data);
                break;
            case 0xCC:
                throw new ImageFormatException("JPEG uses arithmetic coding; convert it to an ordinary baseline or progressive JPEG");
            case >= 0xC0 and <= 0xCF and not 0xC8:
                if (_frame != null)
                {
                    throw new ImageFormatException("JPEG has a second frame header: damaged; copy the file again");
                }
                _frame = JpegFrame.Parse(marker, data, _limits);
                _frame.Allocate(_file.Length - _position);
                break;
            case 0xDA:
                Scan(data);
                break;
            case 0xDB:
                _tables.DefineQuant(data);
                break;
            case 0xDD when data.Length == 2:
                _restartInterval = BinaryPrimitives.ReadUInt16BigEndian(data);
                break;
            case 0xE0 when data.StartsWith("JFIF\0"u8):
                _hasJfif = true;
                break;
            case 0xE1 when _orientation == 0 && data.StartsWith("Exif\0"u8) && data.Length > 6:
                _orientation = ExifOrientation.Read(data[6..]);
                break;
            case 0xEE when data.Length >= 12 && data.StartsWith("Adobe"u8):
                _adobeTransform = data[11];
                break;
            case >= 0xE0 and <= 0xEF or 0xFE:
                break; // other application data, comments
            default:
                throw new ImageFormatException($"JPEG has a segment {marker:X2} of {data.Length} bytes that cannot stand here: damaged; copy the file again");
        }
    }

    private void Scan(ReadOnlySpan<byte> header)
    {
        var frame = _frame ?? throw new ImageFormatException("JPEG has image data before its frame header: damaged; copy the file again");
        var scan = JpegScanHeader.Parse(header, frame, _tables, _restartInterval);
        _work += scan.Work;
        if (_work > MaxWork)
        {
            throw new ImageFormatException("JPEG is drawn in more scans than any encoder makes for its size; write the file again");
        }
        var reader = new JpegBitReader(_file, _position);
        if (frame.IsProgressive)
        {
            JpegProgressiveScan.Decode(ref reader, scan);
        }
        else
        {
            JpegSequentialScan.Decode(ref reader, scan);
        }
        _position = reader.Position;
    }

    private readonly DecodedImage Finish()
    {
        var frame = _frame ?? throw new ImageFormatException("JPEG ends before its frame header: no image in it; copy the file again");
        foreach (var c in frame.Components)
        {
            if (c.Quant == null)
            {
                throw new ImageFormatException($"JPEG is truncated: component {c.Id} has no data; copy or write the file again");
            }
        }
        if (frame.IsProgressive)
        {
            foreach (var c in frame.Components)
            {
                TransformAll(c);
            }
        }
        var image = JpegColour.Convert(frame, JpegColour.Find(frame, _hasJfif, _adobeTransform));
        return ExifOrientation.Apply(image, Math.Max(_orientation, 1));
    }

    private static void TransformAll(JpegComponent c)
    {
        for (var by = 0; by < c.BlocksHigh; by++)
        {
            for (var bx = 0; bx < c.BlocksWide; bx++)
            {
                JpegIdct.Transform(c.Coefficients.AsSpan((by * c.PaddedBlocksWide + bx) * 64, 64), c.Quant,
                    c.Plane.AsSpan(by * 8 * c.Stride + bx * 8), c.Stride);
            }
        }
    }
}
