namespace Gan.Tests.Reference;

internal static partial class Naive
{
    public static NdArray Add(NdArray a, NdArray b) => a.Zip(b, static (x, y) => x + y);

    public static NdArray Subtract(NdArray a, NdArray b) => a.Zip(b, static (x, y) => x - y);

    public static NdArray Multiply(NdArray a, NdArray b) => a.Zip(b, static (x, y) => x * y);

    public static NdArray Scale(NdArray a, double alpha) => a.Map(x => alpha * x);

    public static NdArray Sum(NdArray a) => new([a.Data.Sum()]);

    public static NdArray Mean(NdArray a) => new([a.Data.Sum() / a.Length]);

    /// <summary>The same elements in the same order, copied.</summary>
    public static NdArray Reshape(NdArray a, params int[] shape) => new((double[])a.Data.Clone(), shape);

    /// <summary>Moves dimension order[i] of a to place i.</summary>
    public static NdArray Permute(NdArray a, params int[] order)
    {
        var y = new NdArray([.. order.Select(d => a.Shape[d])]);
        var index = new int[order.Length];
        for (int flat = 0; flat < y.Length; flat++)
        {
            int rest = flat;
            for (int d = order.Length - 1; d >= 0; d--)
            {
                index[order[d]] = rest % y.Shape[d];
                rest /= y.Shape[d];
            }
            int source = 0;
            for (int d = 0; d < index.Length; d++)
            {
                source = source * a.Shape[d] + index[d];
            }
            y.Data[flat] = a.Data[source];
        }
        return y;
    }
}
