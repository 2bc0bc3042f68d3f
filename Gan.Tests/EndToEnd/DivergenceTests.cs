using System.Text.RegularExpressions;
using Gan.Core;
using Gan.Core.Autograd;
using Gan.Core.Serialization;
using Gan.Kernels;
using Gan.Tests.Ops;
using Gan.Tests.Runs;
using Gan.Train.Data;
using Gan.Train.Models;
using Gan.Train.Settings;
using Gan.Train.Training;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>
/// A run whose numbers overflow ends with exit code 1, names step and layer, keeps the weights from before it, and leaves no checkpoint that is not finite.
/// </summary>
public sealed class DivergenceTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData(" --checkpoint-every 1")]
    public void OverflowingLossesEndTheRun(string options)
    {
        // Finite weights whose product is not: D's first output overflows.
        Ended ended = Run(static (name, value) => name == "netD/net.0.weight" ? 3e38f : value, $"--steps 5{options}").Expect(1);
        Assert.StartsWith("error: Step 0: D's loss on real images is not finite (loss_d ", ended.Error);
        Assert.Contains("smaller --lr", ended.Error);
        AssertCheckpointsAreFinite(0);
        AssertKept(0);
        Assert.Single(File.ReadLines(Path.Combine(RunFolder, "metrics.jsonl")));
    }

    [Fact]
    public void AGradientWhoseSquareOverflowsIsFoundBeforeItIsUsed()
    {
        // Adam's second moment would overflow, gradient squared, while the losses stay finite.
        Ended ended = Run(static (name, value) => name == "netD/net.2.weight" ? 1e25f : value, "--steps 5 --checkpoint-every 1").Expect(1);
        Assert.StartsWith("error: Step 0: the gradient of netD's net.", ended.Error);
        AssertCheckpointsAreFinite(0);
        AssertKept(0);
    }

    [Fact]
    public void AFaultBetweenTwoReadsLeavesTheWeightsFromBefore()
    {
        // Black images, real and generated, never reach D's huge weights; the white ones of the third batch do. The flag is read at step 20.
        string images = _temp.At("images");
        Directory.CreateDirectory(images);
        for (int i = 0; i < 24; i++)
        {
            byte[] pixels = new byte[28 * 28];
            Array.Fill(pixels, (byte)(i < 16 ? 0 : 255));
            File.WriteAllBytes(Path.Combine(images, $"{i:D2}.pgm"), [.. "P5 28 28 255\n"u8, .. pixels]);
        }
        string start = Start(static (name, value) => name switch { "netD/net.0.weight" => 1e25f, "netG/net.2.bias" => -1e4f, _ => value });
        string arguments = $"--model mlp --hidden 16 --nz 8 --batch-size 8 --no-shuffle --data {images} --netG {start}/netG.safetensors --netD {start}/netD.safetensors --checkpoint-every 20";
        Ended ended = GanTrain.Run($"{arguments} --steps 20 --log-every 20 --out {RunFolder}").Expect(1);
        Assert.StartsWith("error: Step 2: the gradient of netD's net.2.weight is not finite", ended.Error);
        Assert.Equal(3, File.ReadLines(Path.Combine(RunFolder, "metrics.jsonl")).Count());
        string whole = _temp.At("whole");
        GanTrain.Run($"{arguments} --steps 2 --out {whole}").Expect(0);
        AssertKept(2, whole);
    }

    [Fact]
    public void ARateThatExplodesIsFound()
    {
        using var device = TestDevice.Open(threads: 2);
        using var data = DataSource.Open(TrainSettingsResolver.Resolve(Options), static _ => { });
        using ImageStore images = Store(device, data);
        using var trainer = new GanTrainer(device, GanOptions.From(TrainSettingsResolver.Resolve(Options)) with { Lr = 1e30 }, images, null);
        var schedule = new Schedule(data.Count, 8, 1, null, 20);
        for (int step = 0; step < 5; step++)
        {
            trainer.Step(schedule[step]);
        }
        Fault fault = trainer.ReadFault()!;
        Assert.InRange(fault.Step, 0, 1);
        Assert.All(trainer.NetD.StateDict().Concat(trainer.NetG.StateDict()).Where(static t => t.Tensor.DType == DType.Float32), static t =>
            Assert.True(Array.TrueForAll(t.Tensor.ToArray(), float.IsFinite), t.Name)); // running statistics too
    }

    [Fact]
    public void TheFlagNamesTheLayerAndUpdatesStop()
    {
        using var device = TestDevice.Open(threads: 2);
        using var data = DataSource.Open(TrainSettingsResolver.Resolve(Options), static _ => { });
        foreach (bool planned in new[] { false, true })
        {
            using ImageStore images = Store(device, data);
            using var trainer = new GanTrainer(device, GanOptions.From(TrainSettingsResolver.Resolve(Options)), images, null);
            var schedule = new Schedule(data.Count, 8, 1, null, 20);
            Step(trainer, schedule[0], planned);
            Assert.Null(trainer.ReadFault());
            Tensor weight = trainer.NetG.NamedParameters().Single(static p => p.Name == "main.3.weight").Tensor;
            float[] values = weight.ToArray();
            values[5] = float.NaN;
            using (GradMode.NoGrad())
            {
                weight.CopyFrom(values);
            }
            float[][] before = Weights(trainer);
            for (int step = 1; step < 4; step++)
            {
                Step(trainer, schedule[step], planned);
            }
            Fault fault = trainer.ReadFault()!;
            Assert.Equal((1L, FaultSite.WeightG), (fault.Step, fault.Site));
            Assert.Equal("netG's main.3.weight is not finite", fault.Describe(trainer));
            Assert.Equal(before, Weights(trainer)); // parameters, moments and Adam's states; NaN equals NaN here
        }
    }

    private static readonly Dictionary<string, string> Options = new()
    {
        ["--model"] = "dcgan", ["--ngf"] = "4", ["--ndf"] = "4", ["--nz"] = "8", ["--nc"] = "3", ["--image-size"] = "32", ["--synthetic-count"] = "20", ["--batch-size"] = "8",
    };

    private string RunFolder => _temp.At("run");

    private static void Step(GanTrainer trainer, StepPlace place, bool planned)
    {
        if (planned)
        {
            trainer.Step(place);
        }
        else
        {
            trainer.StepWithoutPlan(place);
        }
    }

    private static float[][] Weights(GanTrainer trainer) =>
    [
        .. trainer.NetG.Parameters().Concat(trainer.NetD.Parameters()).Select(static p => p.ToArray()),
        .. trainer.AdamG.Parameters.Select((_, i) => trainer.AdamG.ReadMoments(i).ExpAvg), .. trainer.AdamD.Parameters.Select((_, i) => trainer.AdamD.ReadMoments(i).ExpAvgSq),
        Array.ConvertAll(trainer.AdamG.ReadState(), static d => (float)d), Array.ConvertAll(trainer.AdamD.ReadState(), static d => (float)d),
    ];

    private static unsafe ImageStore Store(Device device, ImageDataset data) => new(device, data.Pointer, data.Count, data.ImageBytes);

    private Ended Run(Func<string, float, float>? change, string options)
    {
        string given = change is null ? "" : $" --netG {Start(change)}/netG.safetensors --netD {_temp.At("made")}/checkpoints/step_00000000/netD.safetensors";
        return GanTrain.Run($"{GanTrain.Mlp} {options}{given} --out {RunFolder}");
    }

    /// <summary>before_fault holds the weights of a checkpoint: the run's own, or another's.</summary>
    private void AssertKept(int step, string? run = null)
    {
        foreach (string net in (string[])["netG.safetensors", "netD.safetensors"])
        {
            SafetensorsFile expected = Safetensors.Read(Path.Combine(run ?? RunFolder, "checkpoints", $"step_{step:D8}", net));
            SafetensorsFile kept = Safetensors.Read(Path.Combine(RunFolder, "before_fault", net));
            Assert.Equal(expected.Select(static t => t.Name), kept.Select(static t => t.Name));
            Assert.All(expected, t => Assert.Equal(t.Bytes.ToArray(), kept[t.Name].Bytes.ToArray()));
        }
    }

    private string Start(Func<string, float, float> change)
    {
        string run = _temp.At("made"), checkpoint = Path.Combine(run, "checkpoints", "step_00000000");
        GanTrain.Run($"{GanTrain.Mlp} --steps 0 --out {run}").Expect(0);
        foreach (string net in (string[])["netG", "netD"])
        {
            string path = Path.Combine(checkpoint, $"{net}.safetensors");
            Safetensors.Write(path, [.. Safetensors.Read(path).Select(t => HostTensor.FromFloat32(t.Name, t.Shape, Array.ConvertAll(t.ToFloat32(), v => change($"{net}/{t.Name}", v))))]);
        }
        return checkpoint;
    }

    private void AssertCheckpointsAreFinite(int newest)
    {
        string run = RunFolder;
        Assert.Equal($"step_{newest:D8}\n", File.ReadAllText(Path.Combine(run, "checkpoints", "latest")));
        string checkpoint = Assert.Single(Directory.GetDirectories(Path.Combine(run, "checkpoints")));
        foreach (string file in Directory.GetFiles(checkpoint, "*.safetensors"))
        {
            Assert.All(Safetensors.Read(file).Where(static t => t.DType == TensorDType.F32), t => Assert.All(t.ToFloat32(), static v => Assert.True(float.IsFinite(v))));
        }
    }
}
