namespace Gan.Train.Data.Codecs.Jpeg;

/// <summary>Reads a scan header and checks that the scan may follow those before it.</summary>
internal static class JpegScanHeader
{
    public static JpegScan Parse(ReadOnlySpan<byte> data, JpegFrame frame, JpegTables tables, int restartInterval)
    {
        var count = data.IsEmpty ? 0 : data[0];
        if (count < 1 || count > frame.Components.Length || data.Length != 4 + 2 * count)
        {
            throw Damaged($"{count} components in {data.Length} bytes");
        }
        var tail = data[(1 + 2 * count)..];
        var scan = new JpegScan
        {
            Frame = frame,
            Components = new JpegComponent[count],
            RestartInterval = restartInterval,
            Start = frame.IsProgressive ? tail[0] : 0,
            End = frame.IsProgressive ? tail[1] : 63,
            High = frame.IsProgressive ? tail[2] >> 4 : 0,
            Low = frame.IsProgressive ? tail[2] & 15 : 0,
        };
        if (scan.End > 63 || scan.Start > scan.End || (scan.Start == 0 && frame.IsProgressive && scan.End != 0)
            || (scan.Start > 0 && count > 1) || scan.Low > 13 || (scan.High != 0 && scan.High != scan.Low + 1))
        {
            throw Damaged($"coefficients {scan.Start} to {scan.End}, bits {scan.High} to {scan.Low}, {count} components");
        }
        var blocks = 0;
        for (var i = 0; i < count; i++)
        {
            var (id, selectors) = (data[1 + 2 * i], data[2 + 2 * i]);
            var c = Array.Find(frame.Components, c => c.Id == id) ?? throw Damaged($"component {id}, which the frame does not have");
            if (Array.IndexOf(scan.Components, c) >= 0)
            {
                throw Damaged($"component {id} twice");
            }
            scan.Components[i] = c;
            blocks += c.H * c.V;
            if (c.Quant != null && !frame.IsProgressive)
            {
                throw Damaged($"component {id} again");
            }
            c.Quant ??= tables.Quant(c.QuantIndex);
            c.Predictor = 0;
            var refines = scan.High != 0;
            c.Dc = scan.Start == 0 && !refines ? tables.Huffman(isAc: false, selectors >> 4) : null;
            c.Ac = scan.End > 0 ? tables.Huffman(isAc: true, selectors & 15) : null;
            if (frame.IsProgressive)
            {
                Advance(scan, c);
            }
        }
        if (count > 1 && blocks > 10)
        {
            throw Damaged($"{blocks} blocks in an MCU, at most 10 are allowed");
        }
        return scan;
    }

    /// <summary>Each bit of each coefficient comes once, from the high ones down, and DC before AC (T.81, G.1.1.1).</summary>
    private static void Advance(JpegScan scan, JpegComponent c)
    {
        if (scan.Start > 0 && c.KnownBit[0] < 0)
        {
            throw Damaged($"AC coefficients of component {c.Id} before its DC");
        }
        for (var k = scan.Start; k <= scan.End; k++)
        {
            if (c.KnownBit[k] != (scan.High == 0 ? -1 : scan.High))
            {
                throw Damaged($"bits {scan.High} to {scan.Low} of coefficient {k} of component {c.Id} out of order");
            }
            c.KnownBit[k] = (sbyte)scan.Low;
        }
    }

    private static ImageFormatException Damaged(string what) => new($"JPEG has a scan header with {what}: damaged; copy the file again");
}
