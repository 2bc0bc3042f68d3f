namespace Gan.Train.Data.Codecs.Jpeg;

/// <summary>
/// Rows of one component at the image's full size. Where a component has half the samples of a direction they are interpolated with the
/// triangle filter, 3/4 of the nearer and 1/4 of the further sample, rounding alternately up and down so that no drift arises: what
/// decoders call "fancy" upsampling. Other ratios repeat the nearest sample.
/// </summary>
internal sealed class JpegUpsampler
{
    private readonly JpegFrame _frame;
    private readonly JpegComponent _component;
    private readonly byte[] _row;
    private readonly bool _halfWide;
    private readonly bool _halfHigh;
    private readonly bool _smooth;

    public JpegUpsampler(JpegFrame frame, JpegComponent component)
    {
        (_frame, _component) = (frame, component);
        _halfWide = component.H * 2 == frame.MaxH;
        _halfHigh = component.V * 2 == frame.MaxV;
        var fullWide = component.H == frame.MaxH;
        var fullHigh = component.V == frame.MaxV;
        // Two samples a row are too few for the horizontal filter, which treats both ends apart.
        _smooth = (_halfWide && (_halfHigh || fullHigh) && component.Width > 2) || (fullWide && _halfHigh);
        _row = fullWide && fullHigh ? [] : new byte[frame.Width + 8];
    }

    /// <summary>Row y of the image; valid until the next call.</summary>
    public ReadOnlySpan<byte> Row(int y)
    {
        var c = _component;
        if (_row.Length == 0)
        {
            return c.Plane.AsSpan(y * c.Stride, _frame.Width);
        }
        if (!_smooth)
        {
            Nearest(Samples(y * c.V / _frame.MaxV));
        }
        else if (!_halfHigh)
        {
            Wide(Samples(y));
        }
        else
        {
            // The second row is the nearest other one: above for even rows, below for odd ones.
            var near = Samples(y >> 1);
            var far = Samples((y >> 1) + ((y & 1) == 0 ? -1 : 1));
            if (_halfWide)
            {
                WideAndHigh(near, far);
            }
            else
            {
                High(near, far, y & 1);
            }
        }
        return _row.AsSpan(0, _frame.Width);
    }

    /// <summary>A row of the component, the first and last repeated beyond the edges.</summary>
    private ReadOnlySpan<byte> Samples(int y) =>
        _component.Plane.AsSpan(Math.Clamp(y, 0, _component.Height - 1) * _component.Stride, _component.Width);

    private void Nearest(ReadOnlySpan<byte> from)
    {
        var (h, maxH) = (_component.H, _frame.MaxH);
        for (var x = 0; x < _frame.Width; x++)
        {
            _row[x] = from[x * h / maxH];
        }
    }

    private void High(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, int odd)
    {
        for (var x = 0; x < near.Length; x++)
        {
            _row[x] = (byte)((near[x] * 3 + far[x] + 1 + odd) >> 2);
        }
    }

    private void Wide(ReadOnlySpan<byte> from)
    {
        var (row, last) = (_row, from.Length - 1);
        row[0] = from[0];
        row[1] = (byte)((from[0] * 3 + from[1] + 2) >> 2);
        for (var x = 1; x < last; x++)
        {
            var three = from[x] * 3;
            row[2 * x] = (byte)((three + from[x - 1] + 1) >> 2);
            row[2 * x + 1] = (byte)((three + from[x + 1] + 2) >> 2);
        }
        row[2 * last] = (byte)((from[last] * 3 + from[last - 1] + 1) >> 2);
        row[2 * last + 1] = from[last];
    }

    private void WideAndHigh(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far)
    {
        var row = _row;
        far = far[..near.Length];
        var current = near[0] * 3 + far[0];
        var previous = current;
        var o = 0;
        for (var x = 1; x < near.Length; x++, o += 2)
        {
            var next = near[x] * 3 + far[x];
            // At the left end previous == current, which gives the four quarters the edge asks for.
            row[o] = (byte)((current * 3 + previous + 8) >> 4);
            row[o + 1] = (byte)((current * 3 + next + 7) >> 4);
            (previous, current) = (current, next);
        }
        row[o] = (byte)((current * 3 + previous + 8) >> 4);
        row[o + 1] = (byte)((current * 4 + 7) >> 4);
    }
}
