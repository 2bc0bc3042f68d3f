namespace Gan.Train.Data.Codecs.Jpeg;

/// <summary>What a JPEG's components mean.</summary>
internal enum JpegColourModel { Grey, Rgb, YCbCr, Cmyk, Ycck }

/// <summary>
/// Component rows to RGB. CMYK is stored inverted (Adobe's way,
/// 255 is no ink) and becomes RGB by the plain rule (255 - ink) x (255 - black) / 255; YCCK holds the inks as YCbCr.
/// </summary>
internal static class JpegColour
{
    /// <summary>By component count, then JFIF, then Adobe's marker, then the component numbers "RGB"; else YCbCr or CMYK.</summary>
    public static JpegColourModel Find(JpegFrame frame, bool hasJfif, int? adobeTransform)
    {
        var c = frame.Components;
        if (c.Length == 1)
        {
            return JpegColourModel.Grey;
        }
        if (c.Length == 4)
        {
            return adobeTransform is null or 0 ? JpegColourModel.Cmyk : JpegColourModel.Ycck;
        }
        var isRgb = !hasJfif && (adobeTransform == 0 || (adobeTransform == null && c[0].Id == 'R' && c[1].Id == 'G' && c[2].Id == 'B'));
        return isRgb ? JpegColourModel.Rgb : JpegColourModel.YCbCr;
    }

    public static DecodedImage Convert(JpegFrame frame, JpegColourModel model)
    {
        var image = DecodedImage.Empty(frame.Width, frame.Height, model == JpegColourModel.Grey ? 1 : 3);
        var up = Array.ConvertAll(frame.Components, c => new JpegUpsampler(frame, c));
        var stride = frame.Width * image.Channels;
        for (var y = 0; y < frame.Height; y++)
        {
            var row = image.Pixels.AsSpan(y * stride, stride);
            switch (model)
            {
                case JpegColourModel.Grey:
                    up[0].Row(y).CopyTo(row);
                    break;
                case JpegColourModel.Rgb:
                    Interleave(up[0].Row(y), up[1].Row(y), up[2].Row(y), row);
                    break;
                case JpegColourModel.YCbCr:
                    YCbCr.ToRgb(up[0].Row(y), up[1].Row(y), up[2].Row(y), row);
                    break;
                case JpegColourModel.Cmyk:
                    Interleave(up[0].Row(y), up[1].Row(y), up[2].Row(y), row);
                    foreach (ref var ink in row)
                    {
                        ink = (byte)(255 - ink);
                    }
                    TakeInkAway(up[3].Row(y), row);
                    break;
                case JpegColourModel.Ycck:
                    YCbCr.ToRgb(up[0].Row(y), up[1].Row(y), up[2].Row(y), row);
                    TakeInkAway(up[3].Row(y), row);
                    break;
            }
        }
        return image;
    }

    private static void Interleave(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c, Span<byte> row)
    {
        for (var x = 0; x < a.Length; x++)
        {
            row[3 * x] = a[x];
            row[3 * x + 1] = b[x];
            row[3 * x + 2] = c[x];
        }
    }

    /// <summary>row holds inks, 255 for full; white stays where there is neither ink nor black.</summary>
    private static void TakeInkAway(ReadOnlySpan<byte> whites, Span<byte> row)
    {
        for (var x = 0; x < whites.Length; x++)
        {
            var white = whites[x];
            foreach (ref var value in row.Slice(3 * x, 3))
            {
                var product = value * white + 128; // rounded division by 255
                value = (byte)(white - ((product + (product >> 8)) >> 8));
            }
        }
    }
}
