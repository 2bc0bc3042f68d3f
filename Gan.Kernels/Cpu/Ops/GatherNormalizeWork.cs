using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>How the value of a pixel is computed.</summary>
internal enum PixelFormula
{
    /// <summary>v a + v b - c: two operations where the reciprocal of 255 std in two parts and mean / std happen to give the same bits.</summary>
    Product,

    /// <summary>Divisions by way of reciprocals.</summary>
    Quotients,

    /// <summary>Looked up.</summary>
    Table,
}

/// <summary>
/// (v / 255 - mean) / std for the 256 values of a pixel, each step rounded to float32 in that order. Two divisions a pixel would cost
/// more than the memory traffic, so they are made of multiplications where that provably changes no bit: all 256 values are tried, once for a mean and std.
/// </summary>
internal sealed unsafe class PixelTable
{
    private readonly float[] _values = GC.AllocateUninitializedArray<float>(256, pinned: true);

    public PixelTable(float mean, float std)
    {
        (Mean, Std) = (mean, std);
        for (int v = 0; v < 256; v++)
        {
            _values[v] = (v / 255f - mean) / std;
        }
        Formula = Gives(new PixelProduct(mean, std)) ? PixelFormula.Product : Gives(new PixelQuotients(mean, std)) ? PixelFormula.Quotients : PixelFormula.Table;
    }

    public float Mean { get; }

    public float Std { get; }

    /// <summary>The cheapest formula with the table's very bits.</summary>
    public PixelFormula Formula { get; }

    /// <summary>256 floats; valid as long as this object.</summary>
    public float* Values => (float*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_values, 0);

    private bool Gives<TPixel>(TPixel pixel) where TPixel : struct, IPixel
    {
        for (int v = 0; v < 256; v++)
        {
            if (BitConverter.SingleToInt32Bits(pixel.Of(new F32x1(v)).Value) != BitConverter.SingleToInt32Bits(_values[v]))
            {
                return false;
            }
        }
        return true;
    }
}

/// <summary>A formula for the normalised value of a pixel.</summary>
internal interface IPixel
{
    /// <summary>The normalised values of pixels 0 to 255.</summary>
    TV Of<TV>(TV v) where TV : unmanaged, ISimd<TV>;
}

/// <summary>v / 255 as fma(v, high, v low), 1 / 255 = high + low; then fma(q, 1 / std, -mean / std).</summary>
internal readonly struct PixelProduct(float mean, float std) : IPixel
{
    private const float High = 1f / 255, Low = (float)(1.0 / 255 - High);

    private readonly float _scale = 1 / std, _offset = -mean / std;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TV Of<TV>(TV v) where TV : unmanaged, ISimd<TV> =>
        TV.Fma(TV.Fma(v, TV.Of(High), v * TV.Of(Low)), TV.Of(_scale), TV.Of(_offset));
}

/// <summary>Both divisions as a times the reciprocal, and one step that repairs its rounding (Markstein 1990).</summary>
internal readonly struct PixelQuotients(float mean, float std) : IPixel
{
    private readonly float _mean = mean, _std = std, _reciprocal = 1 / std;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TV Of<TV>(TV v) where TV : unmanaged, ISimd<TV> => Quotient(Quotient(v, 255, 1f / 255) - TV.Of(_mean), _std, _reciprocal);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV Quotient<TV>(TV a, float b, float reciprocal) where TV : unmanaged, ISimd<TV>
    {
        TV q = a * TV.Of(reciprocal);
        return TV.Fma(TV.Fma(q, TV.Of(-b), a), TV.Of(reciprocal), q);
    }
}

/// <summary>Which image is at a position of an epoch.</summary>
internal readonly struct Order(uint count, ulong seed, uint epoch, uint firstPosition, bool shuffle)
{
    private readonly Permutation _permutation = new(count, seed, epoch);

    public uint At(int row)
    {
        uint position = (uint)(((ulong)firstPosition + (uint)row) % count);
        return shuffle ? _permutation.Map(position) : position;
    }
}

/// <summary>
/// Images normalised into rows of y; a part is as many rows as make up some thousands of elements. Images lie anywhere, so while one is read the next is
/// fetched beside it: the hardware can't know where it starts.
/// </summary>
internal readonly unsafe struct GatherNormalizeWork(byte* images, Output y, int rows, int elements, PixelTable table, Order order) : IVectorWork
{
    private const int ShortestPart = 8 * 1024, LongestPart = 64 * 1024, WantedParts = 64, CacheLine = 64;

    private readonly Order _order = order;
    private readonly int _rowsPerPart = (int)Math.Max(1, Math.Clamp((long)rows * elements / WantedParts, ShortestPart, LongestPart) / elements);

    public int Parts => (rows + _rowsPerPart - 1) / _rowsPerPart;

    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        int begin = part * _rowsPerPart, end = Math.Min(rows, begin + _rowsPerPart);
        byte* from = Image(begin);
        for (int row = begin; row < end; row++)
        {
            byte* next = row + 1 < rows ? Image(row + 1) : from;
            long to = row * (long)elements;
            int i = 0;
            switch (table.Formula)
            {
                case PixelFormula.Product:
                    i = Row<TV, PixelProduct>(new(table.Mean, table.Std), from, next, to);
                    break;
                case PixelFormula.Quotients:
                    i = Row<TV, PixelQuotients>(new(table.Mean, table.Std), from, next, to);
                    break;
            }
            float* values = table.Values;
            for (; i < elements; i++)
            {
                y.Store(to + i, new F32x1(values[from[i]]));
            }
            from = next;
        }
    }

    private byte* Image(int row) => images + _order.At(row) * (long)elements;

    /// <summary>The whole vectors of a row; answers how many elements they were.</summary>
    private int Row<TV, TPixel>(TPixel pixel, byte* from, byte* next, long to) where TV : unmanaged, ISimd<TV> where TPixel : struct, IPixel
    {
        Output output = y;
        int i = 0, length = elements;
        while (i <= length - CacheLine)
        {
            Cache.Prefetch(next + i);
            for (int end = i + CacheLine; i < end; i += TV.Count)
            {
                output.Store(to + i, pixel.Of(TV.LoadBytes(from + i)));
            }
        }
        for (; i <= length - TV.Count; i += TV.Count)
        {
            output.Store(to + i, pixel.Of(TV.LoadBytes(from + i)));
        }
        return i;
    }
}
