using System.Buffers;

namespace Gan.Train.Data;

/// <summary>
/// Antialiased bilinear resizing in Pillow's fixed-point arithmetic: each output sample is a weighted sum over a triangle as wide as two
/// output samples (two input samples when enlarging), columns first, then rows, rounded to 8 bits after each.
/// Only the centre crop's samples are computed, so an extreme aspect ratio costs nothing.
/// </summary>
internal static class BilinearResize
{
    /// <summary>Fraction bits of a weight: 32, less 8 for the sample, less 2 for sign and sums a little above 1.</summary>
    private const int PrecisionBits = 32 - 8 - 2;

    /// <summary>
    /// Scales so that the shorter side becomes <paramref name="size"/>, the longer floor(size * long / short), and takes the middle
    /// size x size, its offset (n - size) / 2 rounded half to even.
    /// </summary>
    /// <param name="pixels">height x width x channels.</param>
    /// <param name="width">Columns of the input.</param>
    /// <param name="height">Rows of the input.</param>
    /// <param name="channels">1 or 3; kept.</param>
    /// <param name="size">Side of the result.</param>
    /// <param name="destination">size x size x channels.</param>
    public static void ShorterSideAndCrop(ReadOnlySpan<byte> pixels, int width, int height, int channels, int size, Span<byte> destination)
    {
        var shorter = Math.Min(width, height);
        var columns = new Weights(width, (long)size * width / shorter, size);
        var rows = new Weights(height, (long)size * height / shorter, size);

        // Rows that the vertical pass will read, already at their final width.
        var (firstRow, lastRow) = (rows.First[0], rows.First[size - 1] + rows.Count[size - 1]);
        var stride = size * channels;
        var scratch = ArrayPool<byte>.Shared.Rent((lastRow - firstRow) * stride);
        try
        {
            for (var y = firstRow; y < lastRow; y++)
            {
                Horizontal(columns, pixels.Slice(y * width * channels, width * channels), channels, scratch.AsSpan((y - firstRow) * stride, stride));
            }
            Vertical(rows, firstRow, scratch, stride, destination);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private static void Horizontal(Weights columns, ReadOnlySpan<byte> row, int channels, Span<byte> result)
    {
        for (var x = 0; x < columns.First.Length; x++)
        {
            var weights = columns.Of(x);
            if (channels == 1)
            {
                var sum = 1 << (PrecisionBits - 1);
                var from = row.Slice(columns.First[x], weights.Length);
                for (var k = 0; k < weights.Length; k++)
                {
                    sum += from[k] * weights[k];
                }
                result[x] = Clip(sum);
            }
            else
            {
                int red = 1 << (PrecisionBits - 1), green = red, blue = red;
                var from = row.Slice(columns.First[x] * 3, weights.Length * 3);
                for (int k = 0, i = 0; k < weights.Length; k++, i += 3)
                {
                    var weight = weights[k];
                    red += from[i] * weight;
                    green += from[i + 1] * weight;
                    blue += from[i + 2] * weight;
                }
                result[3 * x] = Clip(red);
                result[3 * x + 1] = Clip(green);
                result[3 * x + 2] = Clip(blue);
            }
        }
    }

    private static void Vertical(Weights rows, int firstRow, ReadOnlySpan<byte> scratch, int stride, Span<byte> result)
    {
        Span<int> sums = stride <= 4096 ? stackalloc int[stride] : new int[stride];
        for (var y = 0; y < rows.First.Length; y++)
        {
            sums.Fill(1 << (PrecisionBits - 1));
            var weights = rows.Of(y);
            for (var k = 0; k < weights.Length; k++)
            {
                var (weight, from) = (weights[k], (rows.First[y] - firstRow + k) * stride);
                for (var i = 0; i < sums.Length; i++)
                {
                    sums[i] += scratch[from + i] * weight;
                }
            }
            var row = result.Slice(y * stride, stride);
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = Clip(sums[i]);
            }
        }
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> PrecisionBits, 0, 255);

    /// <summary>For each output sample of the crop: the first input sample and the integer weights from there on.</summary>
    private sealed class Weights
    {
        private readonly int[] _weights;
        private readonly int _most;

        /// <param name="from">Input samples.</param>
        /// <param name="to">Output samples before cropping.</param>
        /// <param name="size">Output samples kept.</param>
        public Weights(int from, long to, int size)
        {
            var scale = (double)from / to;
            var filterScale = Math.Max(scale, 1);
            _most = (int)Math.Ceiling(filterScale) * 2 + 1;
            _weights = new int[size * _most];
            First = new int[size];
            Count = new int[size];
            var offset = (long)Math.Round((to - size) / 2.0, MidpointRounding.ToEven);
            var exact = new double[_most];
            for (var i = 0; i < size; i++)
            {
                if (from == to)
                {
                    // Pillow leaves out a pass that changes nothing; so does a single weight of 1.
                    (First[i], Count[i], _weights[i * _most]) = ((int)offset + i, 1, 1 << PrecisionBits);
                    continue;
                }
                var centre = (offset + i + 0.5) * scale;
                var first = Math.Max((int)(centre - filterScale + 0.5), 0);
                var count = Math.Min((int)(centre + filterScale + 0.5), from) - first;
                var sum = 0.0;
                for (var k = 0; k < count; k++)
                {
                    exact[k] = Math.Max(0, 1 - Math.Abs((k + first - centre + 0.5) * (1 / filterScale)));
                    sum += exact[k];
                }
                for (var k = 0; k < count; k++)
                {
                    _weights[i * _most + k] = (int)(0.5 + (sum != 0 ? exact[k] / sum : exact[k]) * (1 << PrecisionBits));
                }
                (First[i], Count[i]) = (first, count);
            }
        }

        public int[] First { get; }
        public int[] Count { get; }

        public ReadOnlySpan<int> Of(int i) => _weights.AsSpan(i * _most, Count[i]);
    }
}
