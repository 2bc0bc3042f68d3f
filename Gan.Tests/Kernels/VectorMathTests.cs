using Gan.Kernels;
using Gan.Kernels.Cpu;
using Xunit;

namespace Gan.Tests.Kernels;

public class VectorMathTests
{
    /// <summary>Error in units in the last place of float32 (of the smallest denormal below the normal range).</summary>
    public static double Ulps(double exact, float got)
    {
        if (double.IsNaN(exact) || float.IsNaN(got) || float.IsInfinity(got) || double.IsInfinity(exact))
        {
            return (double.IsNaN(exact) && float.IsNaN(got)) || (float)exact == got ? 0 : double.PositiveInfinity;
        }
        double ulp = Math.Max(Math.ScaleB(1, -149), Math.ScaleB(1, Math.ILogB(exact) - 23));
        return exact == 0 ? (got == 0 ? 0 : Math.Abs(got) / Math.ScaleB(1, -149)) : Math.Abs(got - exact) / ulp;
    }

    /// <summary>Functions and the error allowed, in units in the last place.</summary>
    public static readonly TheoryData<string, double> Functions = new()
    {
        { "exp", 1.1 }, { "log", 1 }, { "log1p", 2 }, { "tanh", 1.2 }, { "sigmoid", 2.4 }, { "softplus", 2 },
    };

    [Theory, MemberData(nameof(Functions))]
    public void IsCloseForFloatsOfEverySize(string name, double limit) => Check(name, limit, 4999);

    [Theory, Trait("Category", "Long"), MemberData(nameof(Functions))]
    public void IsCloseForAlmostAllFloats(string name, double limit) => Check(name, limit, 13);

    [Fact]
    public void TanhAndSigmoidHaveTheSameBitsAtEveryWidth()
    {
        float[] x = [.. KernelHost.Extremes(), .. KernelHost.Values(100_000, 3, 20)];
        float[] y = KernelHost.SameBits(h =>
        {
            DeviceSpan<float> tanh = h.Room<float>(x.Length), sigmoid = h.Room<float>(x.Length);
            h.K.TanhForward(h.Of(x), tanh);
            h.K.SigmoidForward(h.Of(x), sigmoid);
            return [.. h.Read(tanh), .. h.Read(sigmoid)];
        });
        for (int i = 0; i < x.Length; i++)
        {
            KernelHost.AssertClose(Math.Tanh(x[i]), y[i], 2.4e-7, 2e-45, "tanh", i);
            KernelHost.AssertClose(1 / (1 + Math.Exp(-(double)x[i])), y[x.Length + i], 2.4e-7, 2e-45, "sigmoid", i);
        }
    }

    [Fact]
    public void EveryWidthAgreesWithTheScalarFormForFloatsOfEverySize()
    {
        Assert.Equal(0, Differences<F32x4>());
        Assert.Equal(0, Differences<F32x8>());
        Assert.Equal(0, Differences<F32x16>());
    }

    [Fact]
    public void EndsAreExact()
    {
        Assert.Equal(1, Exp(0));
        Assert.Equal(float.PositiveInfinity, Exp(float.PositiveInfinity));
        Assert.Equal(0, Exp(float.NegativeInfinity));
        Assert.Equal(float.Epsilon, Exp(-103.5f));
        Assert.Equal(0, Scalar("log", 1));
        Assert.Equal(float.NegativeInfinity, Scalar("log", 0));
        Assert.Equal(float.NegativeInfinity, Scalar("log", -0f));
        Assert.True(float.IsNaN(Scalar("log", -1)));
        Assert.Equal(float.NegativeInfinity, Scalar("log1p", -1));
        Assert.Equal(1, Scalar("tanh", float.PositiveInfinity));
        Assert.Equal(-1, Scalar("tanh", float.NegativeInfinity));
        Assert.True(float.IsNegative(Scalar("tanh", -0f)));
        Assert.Equal(0.5f, Scalar("sigmoid", 0));
        foreach (string name in Functions.Select(f => f.Data.Item1))
        {
            Assert.True(float.IsNaN(Scalar(name, float.NaN)), name);
        }
    }

    [Fact]
    public void CosineAndSineOfTurnsAreCloseOnAll24Bits()
    {
        for (int i = 0; i < 1 << 24; i += 5)
        {
            float u = i / 16777216f;
            (F32x1 cos, F32x1 sin) = VectorMath.CosSinOfTurns(new F32x1(u));
            KernelHost.AssertClose(Math.Cos(2 * Math.PI * u), cos.Value, 0, 1.5e-7, "cos", i);
            KernelHost.AssertClose(Math.Sin(2 * Math.PI * u), sin.Value, 0, 1.5e-7, "sin", i);
        }
    }

    private static float Exp(float x) => Scalar("exp", x);

    private static float Scalar(string name, float x) => Of(name, new F32x1(x)).Value;

    private static unsafe TV Of<TV>(string name, TV x) where TV : unmanaged, ISimd<TV> => name switch
    {
        "exp" => VectorMath.Exp(x),
        "log" => VectorMath.Log(x),
        "log1p" => VectorMath.Log1p(x),
        "tanh" => VectorMath.Tanh(x, TanhTable.Rows),
        "sigmoid" => VectorMath.Sigmoid(x),
        _ => VectorMath.Softplus(x),
    };

    private static double Exact(string name, double x) => name switch
    {
        "exp" => Math.Exp(x),
        "log" => Math.Log(x),
        "log1p" => Log1p(x),
        "tanh" => Math.Tanh(x),
        "sigmoid" => 1 / (1 + Math.Exp(-x)),
        _ => Math.Max(x, 0) + Log1p(Math.Exp(-Math.Abs(x))),
    };

    /// <summary>ln(1 + x): the series where 1 + x would lose digits of x.</summary>
    private static double Log1p(double x) => Math.Abs(x) < 1e-4 ? x * (1 - x * (0.5 - x * (1.0 / 3 - x / 4))) : Math.Log(1 + x);

    private static void Check(string name, double limit, long step)
    {
        double worst = 0;
        float at = 0;
        for (long bits = 0; bits <= uint.MaxValue; bits += step)
        {
            float x = BitConverter.UInt32BitsToSingle((uint)bits);
            double ulps = Ulps(Exact(name, x), Scalar(name, x));
            if (ulps > worst)
            {
                (worst, at) = (ulps, x);
            }
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: at most {worst:0.000} ulp, at {at:R}");
        Assert.True(worst <= limit, $"{name}: {worst} ulp at {at:R}: {Scalar(name, at):R} instead of {Exact(name, at):R}");
    }

    private static unsafe int Differences<TV>() where TV : unmanaged, ISimd<TV>
    {
        int differences = 0;
        float* x = stackalloc float[TV.Count], y = stackalloc float[TV.Count];
        foreach (string name in Functions.Select(f => f.Data.Item1))
        {
            for (long bits = 0; bits + 9973L * TV.Count <= uint.MaxValue; bits += 9973L * TV.Count)
            {
                for (int lane = 0; lane < TV.Count; lane++)
                {
                    x[lane] = BitConverter.UInt32BitsToSingle((uint)(bits + 9973L * lane));
                }
                Of(name, TV.Load(x)).Store(y);
                for (int lane = 0; lane < TV.Count; lane++)
                {
                    float scalar = Scalar(name, x[lane]);
                    bool same = BitConverter.SingleToInt32Bits(scalar) == BitConverter.SingleToInt32Bits(y[lane])
                        || (float.IsNaN(scalar) && float.IsNaN(y[lane]));
                    differences += same ? 0 : 1;
                }
            }
        }
        return differences;
    }
}
