using Gan.Core;
using Gan.Core.Nn;
using Gan.Core.Optim;
using Gan.Core.Random;
using Gan.Core.Serialization;
using Gan.Kernels.Cpu;
using Gan.Tests.Data;
using Xunit;

namespace Gan.Tests.Docs;

/// <summary>The training loop that README.md shows: it compiles, it learns, and README.md shows these very lines.</summary>
public class ReadmeSampleTests(ITestOutputHelper output)
{
    // README sample begins
    static void TrainPoints(string weightsFile, TextWriter log)
    {
        using var device = new CpuDevice();
        var random = new Generator(seed: 1);
        using var netG = new Sequential(new Linear(device, 4, 32, random), new ReLU(), new Linear(device, 32, 2, random));
        using var netD = new Sequential(new Linear(device, 2, 32, random), new LeakyReLU(0.2f), new Linear(device, 32, 1, random));
        using var adamG = new Adam(netG.Parameters(), lr: 2e-3, beta1: 0.5);
        using var adamD = new Adam(netD.Parameters(), lr: 2e-3, beta1: 0.5);
        using var one = Tensor.Full(device, new Shape(), 1);
        using var zero = Tensor.Full(device, new Shape(), 0);

        for (int step = 0; step <= 1000; step++)
        {
            using var scope = TensorScope.Begin(); // the step's tensors go back to the pool together
            Tensor real = random.Normal(device, new Shape(64, 2), mean: 3, std: 0.5f);
            Tensor fake = netG.Forward(random.Normal(device, new Shape(64, 4)));

            adamD.ZeroGrad();
            Tensor lossD = netD.Forward(real).BceWithLogitsLoss(one) + netD.Forward(fake.Detach()).BceWithLogitsLoss(zero);
            lossD.Backward();
            adamD.Step();

            netD.RequiresGrad(false); // frozen: gradients pass through D, none are computed for its weights
            adamG.ZeroGrad();
            Tensor lossG = netD.Forward(fake).BceWithLogitsLoss(one);
            lossG.Backward();
            adamG.Step();
            netD.RequiresGrad(true);

            if (step % 250 == 0)
            {
                log.WriteLine($"{step}: D {lossD.Item():f3}, G {lossG.Item():f3}, mean of G {fake.Mean().Item():f2}");
            }
        }

        Safetensors.Write(weightsFile, netG.ToHost());
    }
    // README sample ends

    [Fact]
    public void TheSampleLearnsWhereThePointsLie()
    {
        using var folder = new TempFolder();
        string weights = Path.Combine(folder.Path, "netG.safetensors");
        var log = new StringWriter();
        TrainPoints(weights, log);
        output.WriteLine(log.ToString());

        using var device = new CpuDevice();
        using var netG = new Sequential(new Linear(device, 4, 32, new Generator(2)), new ReLU(), new Linear(device, 32, 2, new Generator(2)));
        netG.Load(Safetensors.Read(weights));
        using Tensor z = new Generator(3).Normal(device, new Shape(1000, 4));
        Assert.InRange(netG.Forward(z).Mean().Item(), 2.5f, 3.5f);
    }

    [Fact]
    public void ReadmeShowsTheseLines()
    {
        Assert.SkipUnless(Checkout.IsHere, $"{Checkout.Root} holds no README.md: the tests do not run from the checkout they were built from.");
        string source = Checkout.Read("Gan.Tests/Docs/ReadmeSampleTests.cs");
        string begin = "// README sample begins\n", end = "    // README sample ends";
        int from = source.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        string[] lines = source[from..source.IndexOf(end, from, StringComparison.Ordinal)].Split('\n');
        string code = string.Join("\n", lines.Select(static l => l.StartsWith("    ", StringComparison.Ordinal) ? l[4..] : l));
        Assert.Contains($"{code}```", Checkout.Read("README.md"), StringComparison.Ordinal);
    }
}
