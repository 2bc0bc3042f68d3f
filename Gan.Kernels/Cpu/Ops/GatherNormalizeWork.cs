namespace Gan.Kernels.Cpu;

/// <summary>(v / 255 - mean) / std for the 256 values of a pixel, each step rounded to float32 in that order.</summary>
internal unsafe struct PixelTable
{
    public fixed float Values[256];

    public PixelTable(float mean, float std)
    {
        for (int v = 0; v < 256; v++)
        {
            Values[v] = (v / 255f - mean) / std;
        }
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

/// <summary>A row of y a part: one image through the table.</summary>
internal readonly unsafe struct GatherNormalizeWork(byte* images, float* y, int elements, PixelTable* table, Order order) : IVectorWork
{
    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        byte* from = images + order.At(part) * (long)elements;
        float* to = y + part * (long)elements, values = table->Values;
        int i = 0;
        for (; i <= elements - 8; i += 8)
        {
            ulong eight = *(ulong*)(from + i);
            to[i] = values[(byte)eight];
            to[i + 1] = values[(byte)(eight >> 8)];
            to[i + 2] = values[(byte)(eight >> 16)];
            to[i + 3] = values[(byte)(eight >> 24)];
            to[i + 4] = values[(byte)(eight >> 32)];
            to[i + 5] = values[(byte)(eight >> 40)];
            to[i + 6] = values[(byte)(eight >> 48)];
            to[i + 7] = values[(byte)(eight >> 56)];
        }
        for (; i < elements; i++)
        {
            to[i] = values[from[i]];
        }
    }
}
