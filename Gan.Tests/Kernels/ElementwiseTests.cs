using Gan.Kernels;
using Xunit;

namespace Gan.Tests.Kernels;

public class ElementwiseTests : KernelTests
{
    private static readonly Dictionary<string, (Action<KernelHost, DeviceSpan<float>, DeviceSpan<float>, DeviceSpan<float>, WriteMode> Run,
        Func<float, float, float> Definition, bool Adds)> Ops = new()
    {
        ["Add"] = ((h, a, b, y, _) => h.K.Add(a, b, y), (a, b) => a + b, false),
        ["Subtract"] = ((h, a, b, y, _) => h.K.Subtract(a, b, y), (a, b) => a - b, false),
        ["Multiply"] = ((h, a, b, y, m) => h.K.Multiply(a, b, y, m), (a, b) => a * b, true),
        ["Scale"] = ((h, a, _, y, m) => h.K.Scale(a, -1.7f, y, m), (a, _) => -1.7f * a, true),
        ["Copy"] = ((h, a, _, y, _) => h.K.Copy(a, y), (a, _) => a, false),
        ["Fill"] = ((h, _, _, y, _) => h.K.Fill(y, 0.3f), (_, _) => 0.3f, false),
        ["Broadcast"] = ((h, _, _, y, m) => h.K.Broadcast(h.Of(3f, 8f), 0.5f, y, m), (_, _) => 1.5f, true),
        ["Relu"] = ((h, a, _, y, _) => h.K.ReluForward(a, y), (a, _) => a <= 0 ? 0 : a, false),
        ["ReluBackward"] = ((h, a, b, y, m) => h.K.ReluBackward(a, b, y, m), (a, b) => a > 0 ? b : 0, true),
        ["LeakyRelu"] = ((h, a, _, y, _) => h.K.LeakyReluForward(a, y, 0.2f), (a, _) => a > 0 ? a : 0.2f * a, false),
        ["LeakyReluBackward"] = ((h, a, b, y, m) => h.K.LeakyReluBackward(a, b, y, 0.2f, m), (a, b) => a > 0 ? b : 0.2f * b, true),
        ["TanhBackward"] = ((h, a, b, y, m) => h.K.TanhBackward(a, b, y, m), (a, b) => b * (1 - a * a), true),
        ["SigmoidBackward"] = ((h, a, b, y, m) => h.K.SigmoidBackward(a, b, y, m), (a, b) => b * a * (1 - a), true),
    };

    public static TheoryData<string, WriteMode> Cases()
    {
        TheoryData<string, WriteMode> cases = [];
        foreach ((string name, var op) in Ops)
        {
            cases.Add(name, WriteMode.Write);
            if (op.Adds)
            {
                cases.Add(name, WriteMode.Add);
            }
        }
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void EqualsItsDefinitionBitForBitAtEveryLengthWidthAndThreadCount(string name, WriteMode mode)
    {
        (var run, Func<float, float, float> definition, _) = Ops[name];
        foreach (int n in Target.Lengths)
        {
            float[] a = KernelHost.Values(n, 1), b = KernelHost.Values(n, 2), old = KernelHost.Values(n, 3);
            float[] y = Target.SameBits(h => Run(h, run, a, b, old, mode));
            KernelHost.AssertSameBits(Expected(definition, a, b, old, mode), y, $"{name}, length {n}");
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void EqualsItsDefinitionForExtremes(string name, WriteMode mode)
    {
        (var run, Func<float, float, float> definition, _) = Ops[name];
        float[] a = KernelHost.Extremes(), b = KernelHost.Values(a.Length, 4), old = KernelHost.Values(a.Length, 5);
        KernelHost.AssertSameBits(Expected(definition, a, b, old, mode), Target.SameBits(h => Run(h, run, a, b, old, mode)), name);
    }

    [Fact]
    public void AnOutputMayBeTheInputWhereTheContractSaysSo()
    {
        using KernelHost h = Target.Open();
        DeviceSpan<float> x = h.Of(KernelHost.Values(1000));
        h.K.Scale(x, 2, x, WriteMode.Write);
        h.K.AddBias(x, h.Of(KernelHost.Values(10, 2)), x, 100, 10);
        float[] start = KernelHost.Values(1000), bias = KernelHost.Values(10, 2);
        KernelHost.AssertSameBits([.. start.Select((v, i) => 2 * v + bias[i % 10])], h.Read(x));
    }

    [Fact]
    public void SaysWhichArgumentHasTheWrongSize()
    {
        using KernelHost h = Target.Open();
        ArgumentException e = Assert.Throws<ArgumentException>(() => h.K.Add(h.Of(1f, 2f), h.Of(1f), h.Room<float>(2)));
        Assert.Equal("Add: b has 1 elements where 2 are needed.", e.Message);
        e = Assert.Throws<ArgumentException>(() => h.K.AddBias(h.Of(1f, 2f), h.Of(1f, 2f), h.Room<float>(2), 2, 2));
        Assert.Equal("AddBias: x has 2 elements where 4 are needed.", e.Message);
        Assert.Throws<ArgumentException>(() => h.K.AddBias(h.Of(1f, 2f), h.Of(1f, 2f), h.Room<float>(2), -1, 2));
    }

    private static float[] Run(KernelHost h, Action<KernelHost, DeviceSpan<float>, DeviceSpan<float>, DeviceSpan<float>, WriteMode> run,
        float[] a, float[] b, float[] old, WriteMode mode)
    {
        DeviceSpan<float> y = mode == WriteMode.Add ? h.Of(old) : h.Room<float>(a.Length);
        run(h, h.Of(a), h.Of(b), y, mode);
        return h.Read(y);
    }

    private static float[] Expected(Func<float, float, float> definition, float[] a, float[] b, float[] old, WriteMode mode) =>
        [.. a.Select((v, i) => mode == WriteMode.Add ? old[i] + definition(v, b[i]) : definition(v, b[i]))];
}
