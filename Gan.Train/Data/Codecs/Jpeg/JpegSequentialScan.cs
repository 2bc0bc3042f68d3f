namespace Gan.Train.Data.Codecs.Jpeg;

/// <summary>A scan of a sequential frame: every block is decoded whole and transformed at once (T.81, F.2).</summary>
internal static class JpegSequentialScan
{
    public static void Decode(ref JpegBitReader reader, JpegScan scan)
    {
        Span<short> block = stackalloc short[64];
        block.Clear();
        var walk = new JpegScanWalk(scan);
        while (walk.Next(ref reader))
        {
            var c = walk.Component;
            var last = ReadBlock(ref reader, c, block);
            var plane = c.Plane.AsSpan(walk.BlockY * 8 * c.Stride + walk.BlockX * 8);
            if (last == 0)
            {
                JpegIdct.TransformDc(block[0] * c.Quant![0], plane, c.Stride);
                block[0] = 0;
            }
            else
            {
                JpegIdct.Transform(block, c.Quant, plane, c.Stride);
                block.Clear();
            }
        }
    }

    /// <summary>Fills a zeroed block in natural order; returns the zigzag index of its last coefficient.</summary>
    private static int ReadBlock(ref JpegBitReader reader, JpegComponent c, scoped Span<short> block)
    {
        reader.Need32();
        c.Predictor += ReadDcDifference(ref reader, c.Dc!);
        block[0] = (short)c.Predictor;
        var ac = c.Ac!;
        var zigzag = JpegScan.Zigzag;
        var (k, last) = (1, 0);
        while (k < 64)
        {
            reader.Need32();
            var quick = ac.PeekCoefficient(reader.Window);
            int value;
            if (quick != 0)
            {
                reader.Skip(quick & 15);
                k += (quick >> 4) & 15;
                value = quick >> 8;
            }
            else
            {
                var symbol = ac.Decode(ref reader);
                var size = symbol & 15;
                if (size == 0)
                {
                    if (symbol != 0xF0)
                    {
                        break; // end of block
                    }
                    k += 16;
                    continue;
                }
                k += symbol >> 4;
                value = JpegBitReader.Extend(reader.Bits(size), size);
            }
            if (k > 63)
            {
                throw new ImageFormatException("JPEG has a block of more than 64 coefficients: damaged; copy the file again");
            }
            last = k;
            block[zigzag[k++]] = (short)value;
        }
        return last;
    }

    public static int ReadDcDifference(ref JpegBitReader reader, JpegHuffmanTable table)
    {
        var size = table.Decode(ref reader);
        if (size > 11)
        {
            throw new ImageFormatException($"JPEG has a DC difference of {size} bits, 8-bit images have at most 11: damaged; copy the file again");
        }
        return JpegBitReader.Extend(reader.Bits(size), size);
    }
}
