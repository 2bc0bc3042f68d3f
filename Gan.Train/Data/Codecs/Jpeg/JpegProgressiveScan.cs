namespace Gan.Train.Data.Codecs.Jpeg;

/// <summary>A scan of a progressive frame (T.81, annex G): some bits of some coefficients of every block.</summary>
internal static class JpegProgressiveScan
{
    public static void Decode(ref JpegBitReader reader, JpegScan scan)
    {
        var walk = new JpegScanWalk(scan);
        var run = 0; // blocks still to come that have nothing (more) in this scan
        while (walk.Next(ref reader))
        {
            if (walk.Restarted)
            {
                run = 0;
            }
            var c = walk.Component;
            var block = c.Coefficients.AsSpan((walk.BlockY * c.PaddedBlocksWide + walk.BlockX) * 64, 64);
            if (scan.Start == 0)
            {
                ReadDc(ref reader, scan, c, block);
            }
            else if (scan.High != 0)
            {
                RefineAc(ref reader, scan, c.Ac!, block, ref run);
            }
            else if (run > 0)
            {
                run--;
            }
            else
            {
                ReadAc(ref reader, scan, c.Ac!, block, ref run);
            }
        }
        if (run > 0)
        {
            throw new ImageFormatException("JPEG has a run of empty blocks beyond the last block: damaged; copy the file again");
        }
    }

    private static void ReadDc(ref JpegBitReader reader, JpegScan scan, JpegComponent c, Span<short> block)
    {
        reader.Need32();
        if (scan.High == 0)
        {
            c.Predictor += JpegSequentialScan.ReadDcDifference(ref reader, c.Dc!);
            block[0] = (short)(c.Predictor << scan.Low);
        }
        else if (reader.Bits(1) != 0)
        {
            block[0] |= (short)(1 << scan.Low);
        }
    }

    /// <summary>First scan of these coefficients (G.1.2.2).</summary>
    private static void ReadAc(ref JpegBitReader reader, JpegScan scan, JpegHuffmanTable table, Span<short> block, ref int run)
    {
        var zigzag = JpegScan.Zigzag;
        for (var k = scan.Start; k <= scan.End; k++)
        {
            reader.Need32();
            var symbol = table.Decode(ref reader);
            var (zeros, size) = (symbol >> 4, symbol & 15);
            if (size == 0 && zeros < 15)
            {
                run = (1 << zeros) - 1 + reader.Bits(zeros);
                return;
            }
            k += zeros;
            if (size == 0)
            {
                continue; // sixteen zeros: fifteen here, one by the loop
            }
            if (k > scan.End)
            {
                throw TooMany();
            }
            block[zigzag[k]] = (short)(JpegBitReader.Extend(reader.Bits(size), size) << scan.Low);
        }
    }

    /// <summary>One more bit of these coefficients (G.1.2.3): a correction bit for each that is known, new ones of size 1 between.</summary>
    private static void RefineAc(ref JpegBitReader reader, JpegScan scan, JpegHuffmanTable table, Span<short> block, ref int run)
    {
        var zigzag = JpegScan.Zigzag;
        var bit = (short)(1 << scan.Low);
        var k = scan.Start;
        while (run == 0 && k <= scan.End)
        {
            reader.Need32();
            var symbol = table.Decode(ref reader);
            var (zeros, size) = (symbol >> 4, symbol & 15);
            short fresh = 0;
            if (size == 1)
            {
                fresh = reader.Bits(1) != 0 ? bit : (short)-bit;
            }
            else if (size != 0)
            {
                throw new ImageFormatException($"JPEG has a new coefficient of {size} bits in a refining scan: damaged; copy the file again");
            }
            else if (zeros < 15)
            {
                run = (1 << zeros) + reader.Bits(zeros);
                break;
            }
            // Pass over the known coefficients and the given number of zeros, to the zero that becomes the new one.
            for (; k <= scan.End; k++)
            {
                ref var coefficient = ref block[zigzag[k]];
                if (coefficient != 0)
                {
                    Correct(ref reader, ref coefficient, bit);
                }
                else if (--zeros < 0)
                {
                    coefficient = fresh;
                    break;
                }
            }
            if (k > scan.End && fresh != 0)
            {
                throw TooMany();
            }
            k++;
        }
        if (run > 0)
        {
            run--;
            for (; k <= scan.End; k++)
            {
                ref var coefficient = ref block[zigzag[k]];
                if (coefficient != 0)
                {
                    Correct(ref reader, ref coefficient, bit);
                }
            }
        }
    }

    private static void Correct(ref JpegBitReader reader, ref short coefficient, short bit)
    {
        reader.Need32();
        if (reader.Bits(1) != 0)
        {
            coefficient += coefficient > 0 ? bit : (short)-bit;
        }
    }

    private static ImageFormatException TooMany() =>
        new("JPEG has coefficients beyond the band of their scan: damaged; copy the file again");
}
