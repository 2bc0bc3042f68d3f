using Gan.Core;
using Gan.Core.Nn;
using Gan.Core.Optim;
using Gan.Core.Random;
using Gan.Core.Serialization;
using Gan.Kernels;
using Gan.Kernels.Cpu;
using Xunit;

namespace Gan.Tests.Docs;

/// <summary>The conditional GAN that docs/library.md builds: it compiles, it learns what the label means, and the document shows these very lines.</summary>
public class LibrarySampleTests(ITestOutputHelper output)
{
    // library sample begins
    /// <summary>A network of two inputs: a value [rows, from] and a class as one-hot [rows, classes]; Linear of the two side by side, then two layers more.</summary>
    sealed class Conditional(Device device, int from, int classes, int hidden, int to, Generator random) : IDisposable
    {
        public Linear Value { get; } = new(device, from, hidden, random);
        public Linear Class { get; } = new(device, classes, hidden, random, bias: false); // W [x, c] = Wx x + Wc c
        public Sequential Rest { get; } = new(new LeakyReLU(0.2f), new Linear(device, hidden, hidden, random), new LeakyReLU(0.2f), new Linear(device, hidden, to, random));

        public IEnumerable<Module> Parts => [Value, Class, Rest];
        public IEnumerable<Tensor> Parameters => Parts.SelectMany(p => p.Parameters());
        public Tensor Forward(Tensor x, Tensor label) => Rest.Forward(Value.Forward(x) + Class.Forward(label));
        public void Dispose() => Parts.ToList().ForEach(p => p.Dispose());
    }

    static void TrainConditional(Device device, Conditional netG, Conditional netD, int classes, int steps, TextWriter log)
    {
        var (random, order) = (new Generator(seed: 1), new Random(1));
        using var adamG = new Adam(netG.Parameters, lr: 1e-3, beta1: 0.5);
        using var adamD = new Adam(netD.Parameters, lr: 1e-3, beta1: 0.5);
        using Tensor one = Tensor.Full(device, new Shape(), 1), zero = Tensor.Full(device, new Shape(), 0);
        for (int step = 0; step <= steps; step++)
        {
            using var scope = TensorScope.Begin();
            int[] labels = [.. Enumerable.Range(0, 64).Select(_ => order.Next(classes))];
            Tensor label = OneHot(device, labels, classes), real = Centres(device, labels, classes) + random.Normal(device, new Shape(64, 2), std: 0.1f);
            Tensor fake = netG.Forward(random.Normal(device, new Shape(64, 8)), label);

            adamD.ZeroGrad();
            Tensor lossD = netD.Forward(real, label).BceWithLogitsLoss(one) + netD.Forward(fake.Detach(), label).BceWithLogitsLoss(zero);
            lossD.Backward();
            adamD.Step();

            adamG.ZeroGrad();
            Tensor lossG = netD.Forward(fake, label).BceWithLogitsLoss(one); // D's gradients are forgotten at its next ZeroGrad
            lossG.Backward();
            adamG.Step();
            if (step % 500 == 0)
            {
                log.WriteLine($"{step}: D {lossD.Item():f3}, G {lossG.Item():f3}");
            }
        }
    }

    static Tensor OneHot(Device device, int[] labels, int classes) => Tensor.FromArray(
        device, [.. labels.SelectMany(l => Enumerable.Range(0, classes).Select(c => c == l ? 1f : 0f))], new Shape(labels.Length, classes));

    /// <summary>Class k lies at angle 2 pi k / classes on a circle of radius 2.</summary>
    static Tensor Centres(Device device, int[] labels, int classes) => Tensor.FromArray(
        device, [.. labels.SelectMany(l => new[] { 2 * MathF.Cos(MathF.Tau * l / classes), 2 * MathF.Sin(MathF.Tau * l / classes) })], new Shape(labels.Length, 2));
    // library sample ends

    [Fact]
    public void EachClassLandsInItsPlace()
    {
        const int classes = 5, each = 200;
        using var device = new CpuDevice();
        var random = new Generator(seed: 7);
        using var netG = new Conditional(device, 8, classes, 64, 2, random);
        using var netD = new Conditional(device, 2, classes, 64, 1, random);
        var log = new StringWriter();
        TrainConditional(device, netG, netD, classes, 2000, log);
        output.WriteLine(log.ToString());

        using var scope = TensorScope.Begin();
        for (int k = 0; k < classes; k++)
        {
            int[] labels = [.. Enumerable.Repeat(k, each)];
            float[] points = netG.Forward(random.Normal(device, new Shape(each, 8)), OneHot(device, labels, classes)).ToArray();
            float x = points.Where((_, i) => i % 2 == 0).Average(), y = points.Where((_, i) => i % 2 == 1).Average();
            float[] centre = Centres(device, [k], classes).ToArray();
            output.WriteLine($"class {k}: mean ({x:f2}, {y:f2}), centre ({centre[0]:f2}, {centre[1]:f2})");
            Assert.InRange(MathF.Sqrt(MathF.Pow(x - centre[0], 2) + MathF.Pow(y - centre[1], 2)), 0, 0.5f); // neighbours are 2.4 apart
        }
    }

    [Fact]
    public void TheDocumentShowsTheseLines()
    {
        Assert.SkipUnless(Checkout.IsHere, $"{Checkout.Root} holds no README.md: the tests do not run from the checkout they were built from.");
        string source = Checkout.Read("Gan.Tests/Docs/LibrarySampleTests.cs");
        string begin = "// library sample begins\n", end = "    // library sample ends";
        int from = source.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        string[] lines = source[from..source.IndexOf(end, from, StringComparison.Ordinal)].Split('\n');
        string code = string.Join("\n", lines.Select(static l => l.StartsWith("    ", StringComparison.Ordinal) ? l[4..] : l));
        Assert.Contains($"{code}```", Checkout.Read("docs/library.md"), StringComparison.Ordinal);
    }
}
