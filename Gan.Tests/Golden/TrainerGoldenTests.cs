using System.Globalization;
using Gan.Core;
using Gan.Core.Autograd;
using Gan.Core.Nn;
using Gan.Core.Serialization;
using Gan.Kernels;
using Gan.Tests.Ops;
using Gan.Train.Data;
using Gan.Train.Models;
using Gan.Train.Settings;
using Gan.Train.Training;
using Xunit;

namespace Gan.Tests.Golden;

/// <summary>The trainer itself, without files and console around it, against PyTorch's loops; steps run once eagerly and once through captured plans.</summary>
public class TrainerGoldenTests(ITestOutputHelper output)
{
    public static IEnumerable<TheoryDataRow<string>> Names => TrainingCase.Names();

    [Theory]
    [MemberData(nameof(Names))]
    public void AgreesWithPyTorch(string name) => Run(TrainingCase.Ours(name));

    [Theory]
    [InlineData("dcgan")]
    [InlineData("mlp")]
    public void AgreesWithPyTorchOnTheSharedCases(string name) => Run(TrainingCase.SharedParity(name));

    private void Run(TrainingCase c)
    {
        StepNumbers[] eager = Run(c, static (trainer, place) => trainer.StepWithoutPlan(place));
        StepNumbers[] planned = Run(c, static (trainer, place) => trainer.Step(place));
        Assert.Equal(eager, planned);
    }

    private unsafe StepNumbers[] Run(TrainingCase c, Action<GanTrainer, StepPlace> step)
    {
        TrainSettings settings = TrainSettingsResolver.Resolve(c.Options());
        using ImageDataset data = ImageDataset.Open(c.Images, settings.ImageSize, settings.Nc, workers: 1, skipBadImages: false, static _ => { });
        GanOptions options = GanOptions.From(settings with { Nc = data.Channels });
        using Device device = TestDevice.Open(threads: 2);
        using var images = new ImageStore(device, data.Pointer, data.Count, data.ImageBytes);
        using Tensor latents = new GoldenFile(c.Latents).Tensor(device, "latents");
        using var trainer = new GanTrainer(device, options, images, latents);
        trainer.NetG.Load(Safetensors.Read(c.NetG));
        trainer.NetD.Load(Safetensors.Read(c.NetD));

        var schedule = new Schedule(data.Count, options.BatchSize, options.DSteps, epochs: null, c.Steps.Length);
        Assert.Equal(latents.Shape[0], schedule.LatentRows(0, c.Steps.Length, options.Model));
        for (int i = 0; i < c.Steps.Length; i++)
        {
            step(trainer, schedule[i]);
        }
        StepNumbers[] found = [.. trainer.Metrics.Read(0, c.Steps.Length, schedule).Select(static m => new StepNumbers(m.LossD, m.LossG, m.DX, m.DGz1, m.DGz2, m.GradNormD ?? 0, m.GradNormG ?? 0))];
        double used = c.AssertSteps(found);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{c.Name}: at most {used:g2} of the tolerance used"));
        c.AssertBuffers("netG", trainer.NetG.ToHost());
        c.AssertBuffers("netD", trainer.NetD.ToHost());
        c.AssertOutput("fixed_output", Generate(trainer.NetG.Eval(), c));
        c.AssertOutput("fixed_output_train", Generate(trainer.NetG.Train(), c));
        Assert.Equal(trainer.AverageG is not null, c.Fixed.Names.Contains("fixed_output_ema"));
        if (trainer.AverageG is { } average)
        {
            average.Swap();
            c.AssertOutput("fixed_output_ema", Generate(trainer.NetG.Eval(), c));
        }
        return found;

        float[] Generate(Module net, TrainingCase c)
        {
            using TensorScope scope = TensorScope.Begin();
            using GradMode.NoGradScope noGrad = GradMode.NoGrad();
            float[] z = c.Fixed["fixed_latents"].ToFloats();
            return net.Forward(Tensor.FromArray(device, z, trainer.NetG.LatentShape(z.Length / options.Nz))).ToArray();
        }
    }
}
