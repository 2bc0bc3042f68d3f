namespace Gan.Tests.Reference;

internal static partial class Naive
{
    /// <summary>a [m, k] times b [k, n].</summary>
    public static NdArray MatMul(NdArray a, NdArray b)
    {
        var c = new NdArray(a.Shape[0], b.Shape[1]);
        for (int i = 0; i < a.Shape[0]; i++)
        {
            for (int j = 0; j < b.Shape[1]; j++)
            {
                for (int t = 0; t < a.Shape[1]; t++)
                {
                    c[i, j] += a[i, t] * b[t, j];
                }
            }
        }
        return c;
    }

    /// <summary>x [rows, in], weight [out, in], bias [out]: x W^T + b.</summary>
    public static NdArray Linear(NdArray x, NdArray weight, NdArray? bias)
    {
        NdArray y = MatMul(x, Transpose(weight));
        for (int i = 0; i < y.Length && bias is not null; i++)
        {
            y.Data[i] += bias.Data[i % bias.Length];
        }
        return y;
    }

    public static NdArray Transpose(NdArray a)
    {
        var t = new NdArray(a.Shape[1], a.Shape[0]);
        for (int i = 0; i < a.Shape[0]; i++)
        {
            for (int j = 0; j < a.Shape[1]; j++)
            {
                t[j, i] = a[i, j];
            }
        }
        return t;
    }
}
