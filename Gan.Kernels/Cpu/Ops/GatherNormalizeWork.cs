using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>
/// (v / 255 - mean) / std for the 256 values of a pixel, each step rounded to float32 in that order. Two divisions a pixel would cost
/// more than the memory traffic, so they are made of multiplications where that provably changes no bit: all 256 values are tried.
/// </summary>
internal unsafe struct PixelTable
{
    public fixed float Values[256];

    public PixelTable(float mean, float std)
    {
        (Mean, Std) = (mean, std);
        byte* pixel = stackalloc byte[1];
        HasExactProducts = true;
        for (int v = 0; v < 256; v++)
        {
            Values[v] = (v / 255f - mean) / std;
            *pixel = (byte)v;
            HasExactProducts &= BitConverter.SingleToInt32Bits(At<F32x1>(pixel).Value) == BitConverter.SingleToInt32Bits(Values[v]);
        }
    }

    public float Mean { get; }

    public float Std { get; }

    /// <summary>Whether <see cref="At"/> gives the table's very bits.</summary>
    public bool HasExactProducts { get; }

    /// <summary>The values of neighbouring pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TV At<TV>(byte* pixels) where TV : unmanaged, ISimd<TV> =>
        Quotient(Quotient(TV.LoadBytes(pixels), 255) - TV.Of(Mean), Std);

    /// <summary>a / b: a times the reciprocal, and one step that repairs its rounding (Markstein 1990).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV Quotient<TV>(TV a, float b) where TV : unmanaged, ISimd<TV>
    {
        TV reciprocal = TV.Of(1 / b), q = a * reciprocal;
        return TV.Fma(TV.Fma(q, TV.Of(-b), a), reciprocal, q);
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

/// <summary>A row of y a part: one image normalised.</summary>
internal readonly unsafe struct GatherNormalizeWork(byte* images, Output y, int elements, PixelTable* table, Order order) : IVectorWork
{
    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        byte* from = images + order.At(part) * (long)elements;
        long row = part * (long)elements;
        int i = 0;
        if (table->HasExactProducts)
        {
            PixelTable pixels = *table;
            for (; i <= elements - TV.Count; i += TV.Count)
            {
                y.Store(row + i, pixels.At<TV>(from + i));
            }
        }
        for (; i < elements; i++)
        {
            y.Store(row + i, new F32x1(table->Values[from[i]]));
        }
    }
}
