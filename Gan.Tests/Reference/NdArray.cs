namespace Gan.Tests.Reference;

/// <summary>A plain array of doubles in PyTorch's contiguous order (N, C, H, W when 4-D). The data of all reference code.</summary>
internal sealed class NdArray
{
    public NdArray(double[] data, params int[] shape)
    {
        long length = shape.Aggregate(1L, (a, b) => a * b);
        if (length != data.Length)
        {
            throw new ArgumentException($"{data.Length} values for shape [{string.Join(", ", shape)}].");
        }
        (Data, Shape) = (data, shape);
    }

    public NdArray(params int[] shape)
        : this(new double[shape.Aggregate(1, (a, b) => a * b)], shape)
    {
    }

    public double[] Data { get; }

    public int[] Shape { get; }

    public int Length => Data.Length;

    /// <summary>Element (row, column) of a matrix.</summary>
    public ref double this[int i, int j] => ref Data[i * Shape[1] + j];

    /// <summary>Element (n, c, h, w) of a 4-D array.</summary>
    public ref double this[int n, int c, int h, int w] => ref Data[((n * Shape[1] + c) * Shape[2] + h) * Shape[3] + w];

    public NdArray Map(Func<double, double> f) => new([.. Data.Select(f)], Shape);

    public NdArray Zip(NdArray other, Func<double, double, double> f) => new([.. Data.Zip(other.Data, f)], Shape);

    public NdArray Clone() => new((double[])Data.Clone(), Shape);

    public float[] ToFloats() => [.. Data.Select(static v => (float)v)];

    public static NdArray FromFloats(ReadOnlySpan<float> values, params int[] shape)
    {
        var result = new NdArray(shape);
        for (int i = 0; i < values.Length; i++)
        {
            result.Data[i] = values[i];
        }
        return result;
    }

    public override string ToString() => $"[{string.Join(", ", Shape)}]";
}
