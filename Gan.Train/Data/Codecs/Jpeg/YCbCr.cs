using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gan.Train.Data.Codecs.Jpeg;

/// <summary>
/// YCbCr to RGB after JFIF 1.02 (ITU-R BT.601, full range) in 16-bit fixed point, rounding each colour once:
/// R = Y + 1.402 Cr, G = Y - 0.34414 Cb - 0.71414 Cr, B = Y + 1.772 Cb, chroma less 128.
/// </summary>
internal static class YCbCr
{
    private const int RedOfCr = 91881, GreenOfCb = -22554, GreenOfCr = -46802, BlueOfCb = 116130, Half = 1 << 15;

    /// <summary>One row; the three inputs are as long as it has pixels, the output three times that.</summary>
    public static void ToRgb(ReadOnlySpan<byte> ys, ReadOnlySpan<byte> cbs, ReadOnlySpan<byte> crs, Span<byte> rgb)
    {
        cbs = cbs[..ys.Length];
        crs = crs[..ys.Length];
        rgb = rgb[..(3 * ys.Length)];
        var x = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; x <= ys.Length - 16; x += 16)
            {
                Sixteen(Vector128.Create(ys[x..]), Vector128.Create(cbs[x..]), Vector128.Create(crs[x..]), rgb.Slice(3 * x, 48));
            }
        }
        for (; x < ys.Length; x++)
        {
            int y = ys[x], cb = cbs[x] - 128, cr = crs[x] - 128;
            rgb[3 * x] = Clamp(y + ((RedOfCr * cr + Half) >> 16));
            rgb[3 * x + 1] = Clamp(y + ((GreenOfCb * cb + GreenOfCr * cr + Half) >> 16));
            rgb[3 * x + 2] = Clamp(y + ((BlueOfCb * cb + Half) >> 16));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sixteen(Vector128<byte> y, Vector128<byte> cb, Vector128<byte> cr, Span<byte> rgb)
    {
        // All three less 128: for Y so that saturating to a signed byte is the clamp.
        var (y0, y1) = Widen(y);
        var (cb0, cb1) = Widen(cb);
        var (cr0, cr1) = Widen(cr);
        var half = Vector256.Create(Half);
        var red = Narrow(y0 + ((cr0 * RedOfCr + half) >> 16), y1 + ((cr1 * RedOfCr + half) >> 16));
        var green = Narrow(
            y0 + ((cb0 * GreenOfCb + cr0 * GreenOfCr + half) >> 16), y1 + ((cb1 * GreenOfCb + cr1 * GreenOfCr + half) >> 16));
        var blue = Narrow(y0 + ((cb0 * BlueOfCb + half) >> 16), y1 + ((cb1 * BlueOfCb + half) >> 16));
        Interleave(red, green, blue, rgb);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<int>, Vector256<int>) Widen(Vector128<byte> v)
    {
        var (low, high) = Vector128.Widen((v ^ Vector128.Create((byte)0x80)).AsSByte());
        return Vector256.Widen(Vector256.Create(low, high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Narrow(Vector256<int> low, Vector256<int> high)
    {
        var s = Vector256.NarrowWithSaturation(low, high);
        return Vector128.NarrowWithSaturation(s.GetLower(), s.GetUpper()).AsByte() ^ Vector128.Create((byte)0x80);
    }

    /// <summary>Sixteen pixels r g b r g b ...; an index beyond 15 gives 0, so the three parts are joined by or.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Interleave(Vector128<byte> r, Vector128<byte> g, Vector128<byte> b, Span<byte> rgb)
    {
        const byte o = 255;
        (Vector128.Shuffle(r, Vector128.Create((byte)0, o, o, 1, o, o, 2, o, o, 3, o, o, 4, o, o, 5))
            | Vector128.Shuffle(g, Vector128.Create(o, 0, o, o, 1, o, o, 2, o, o, 3, o, o, 4, o, o))
            | Vector128.Shuffle(b, Vector128.Create(o, o, 0, o, o, 1, o, o, 2, o, o, 3, o, o, 4, o))).CopyTo(rgb);
        (Vector128.Shuffle(r, Vector128.Create(o, o, 6, o, o, 7, o, o, 8, o, o, 9, o, o, 10, o))
            | Vector128.Shuffle(g, Vector128.Create((byte)5, o, o, 6, o, o, 7, o, o, 8, o, o, 9, o, o, 10))
            | Vector128.Shuffle(b, Vector128.Create(o, 5, o, o, 6, o, o, 7, o, o, 8, o, o, 9, o, o))).CopyTo(rgb[16..]);
        (Vector128.Shuffle(r, Vector128.Create(o, 11, o, o, 12, o, o, 13, o, o, 14, o, o, 15, o, o))
            | Vector128.Shuffle(g, Vector128.Create(o, o, 11, o, o, 12, o, o, 13, o, o, 14, o, o, 15, o))
            | Vector128.Shuffle(b, Vector128.Create((byte)10, o, o, 11, o, o, 12, o, o, 13, o, o, 14, o, o, 15))).CopyTo(rgb[32..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte Clamp(int v) => (uint)v <= 255 ? (byte)v : (byte)(~v >> 31);
}
