using Gan.Train.Settings;
using Xunit;

namespace Gan.Tests.Settings;

public sealed class TrainSettingsTests
{
    [Fact]
    public void DcganDefaultsAreTheContracts()
    {
        var s = Resolve("--model", "dcgan");
        Assert.Equal(("synthetic-faces", 4096, 5, null), (s.Data, s.SyntheticCount!.Value, s.Epochs!.Value, s.Steps));
        Assert.Equal((128, 2e-4, 0.5, 0.999), (s.BatchSize, s.LearningRate, s.Beta1, s.Beta2));
        Assert.Equal((100, 64, 64, null, 64), (s.Nz, s.Ngf, s.Ndf, s.Nc, s.ImageSize));
        Assert.Equal((1, GeneratorLoss.NonSaturating, 0.0, 999ul, true), (s.DSteps, s.GLoss, s.LabelSmoothing, s.Seed, s.Shuffle));
        Assert.Equal((new Interval(50), new Interval(500), Interval.Epoch, 3), (s.LogEvery, s.SampleEvery, s.CheckpointEvery, s.Keep));
        Assert.Equal(("auto", null, Environment.ProcessorCount), (s.Device.Used, s.Precision, s.Workers));
    }

    [Fact]
    public void MlpDefaultsAreTheContracts()
    {
        var s = Resolve("--model", "mlp");
        Assert.Equal(("synthetic-digits", 10_000, 120, 60), (s.Data, s.SyntheticCount!.Value, s.Epochs!.Value, s.BatchSize));
        Assert.Equal((1e-3, 0.9, 0.999, 100, 128), (s.LearningRate, s.Beta1, s.Beta2, s.Nz, s.Hidden));
        Assert.Equal((1, 28), (s.Nc, s.ImageSize));
        Assert.Equal((Interval.Epoch, Interval.Epoch, Interval.Epoch), (s.LogEvery, s.SampleEvery, s.CheckpointEvery));
    }

    [Theory]
    [InlineData("--lr nan", "--lr nan: must be a finite number.")]
    [InlineData("--lr inf", "--lr inf")]
    [InlineData("--lr -0.1", "--lr -0.1: must be from 0")]
    [InlineData("--lr 0,1", "--lr 0,1: not a number")]
    [InlineData("--lr abc", "--lr abc: not a number")]
    [InlineData("--lr 1e300", "--lr 1e300: must be from 0")]
    [InlineData("--beta1 1", "--beta1 1: must be from 0 to below 1.")]
    [InlineData("--beta2 0.99999999999", "--beta2")]
    [InlineData("--label-smoothing 0.5", "--label-smoothing 0.5: must be from 0 to below 0.5.")]
    [InlineData("--lr-d nan", "--lr-d nan: must be a finite number.")]
    [InlineData("--lr-g -1", "--lr-g -1: must be from 0")]
    [InlineData("--lr-decay 0", "--lr-decay 0: must be above 0")]
    [InlineData("--lr-decay 1.5", "--lr-decay 1.5: must be from 0")]
    [InlineData("--ema 1", "--ema 1: must be from 0 to below 1.")]
    [InlineData("--clip-grad -3", "--clip-grad -3")]
    [InlineData("--instance-noise-steps 5", "--instance-noise-steps: there is no noise to fade")]
    [InlineData("--d-loss wasserstein", "--d-loss wasserstein: not known; choose bce or hinge or least-squares.")]
    [InlineData("--d-loss hinge --g-loss saturating", "--g-loss saturating: with --d-loss hinge")]
    [InlineData("--d-loss hinge --label-smoothing 0.1", "--label-smoothing: the hinge loss has no targets")]
    [InlineData("--steps -1", "--steps -1: must be from 0")]
    [InlineData("--steps 1e3", "--steps 1e3: not a whole number.")]
    [InlineData("--steps 99999999999999999999", "not a whole number up to 2147483647")]
    [InlineData("--epochs -1", "--epochs -1")]
    [InlineData("--batch-size 0", "--batch-size 0: must be from 1")]
    [InlineData("--image-size 48", "--image-size 48: --model dcgan has networks for 32, 64 and 128 pixels.")]
    [InlineData("--nz 0", "--nz 0")]
    [InlineData("--ngf 1000000000", "--ngf 1000000000: must be from 1 to 4096.")]
    [InlineData("--ndf x", "--ndf x")]
    [InlineData("--nc 2", "--nc 2: not known; choose 1 or 3.")]
    [InlineData("--d-steps 0", "--d-steps 0")]
    [InlineData("--g-loss wasserstein", "--g-loss wasserstein: not known; choose non-saturating or saturating.")]
    [InlineData("--seed -1", "--seed -1: must be a whole number from 0 to 18446744073709551615.")]
    [InlineData("--log-every 0", "--log-every 0: must be a number of steps from 1")]
    [InlineData("--sample-every never", "or 'epoch'")]
    [InlineData("--checkpoint-every -5", "--checkpoint-every -5")]
    [InlineData("--keep 0", "--keep 0")]
    [InlineData("--workers 0", "--workers 0")]
    [InlineData("--hidden 64", "--hidden belongs to --model mlp, not to --model dcgan")]
    [InlineData("--device gpu", "--device gpu: not known")]
    [InlineData("--device cuda:x", "--device cuda:x: not known")]
    [InlineData("--device cuda:-1", "--device cuda:-1: not known")]
    [InlineData("--precision fp64", "--precision fp64: not known")]
    [InlineData("--ngpu 2", "--ngpu 2: training on several devices is not supported yet")]
    [InlineData("--ngpu -1", "--ngpu -1")]
    [InlineData("--ngpu 0 --device cuda", "--ngpu 0 means --device cpu, but --device cuda is given")]
    [InlineData("--ngpu 1 --device auto", "--ngpu 1 means --device cuda, but --device auto is given")]
    [InlineData("--ngpu 1 --device cpu", "--ngpu 1 means --device cuda, but --device cpu is given")]
    [InlineData("--data some/folder --synthetic-count 5", "--synthetic-count is for built-in data")]
    [InlineData("--synthetic-count 0", "--synthetic-count 0")]
    [InlineData("--resume runs/x --overwrite", "exclude each other")]
    public void OutOfRangeIsRefusedByName(string options, string expected)
    {
        var error = Assert.Throws<UsageException>(() => Resolve(["--model", "dcgan", .. options.Split(' ')]));
        Assert.Contains(expected, error.Message);
    }

    [Theory]
    [InlineData("--ngf 64", "--ngf belongs to --model dcgan, not to --model mlp")]
    [InlineData("--ndf 64", "--ndf belongs to --model dcgan")]
    [InlineData("--nc 3", "--nc 3: --model mlp works on grey images")]
    [InlineData("--image-size 64", "--image-size 64: --model mlp works on 28x28")]
    public void OptionsOfTheOtherModelAreRefused(string options, string expected) =>
        Assert.Contains(expected, Assert.Throws<UsageException>(() => Resolve(["--model", "mlp", .. options.Split(' ')])).Message);

    [Fact]
    public void ModelIsNeeded()
    {
        Assert.Contains("--model is missing", Assert.Throws<UsageException>(() => Resolve("--lr", "1")).Message);
        Assert.Contains("choose dcgan or mlp", Assert.Throws<UsageException>(() => Resolve("--model", "vae")).Message);
    }

    [Fact]
    public void EmptyValueIsRefused() =>
        Assert.Equal("--netG: the value is empty.", Assert.Throws<UsageException>(() => Resolve("--model", "mlp", "--netG", " ")).Message);

    [Fact]
    public void StepsAloneDecideTogetherWhicheverEndsFirst()
    {
        Assert.Equal(1000, Resolve("--model", "dcgan", "--steps", "1000").TotalSteps(stepsPerEpoch: 7));
        Assert.Equal(14, Resolve("--model", "dcgan", "--steps", "1000", "--epochs", "2").TotalSteps(stepsPerEpoch: 7));
        Assert.Equal(10, Resolve("--model", "dcgan", "--steps", "10", "--epochs", "2").TotalSteps(stepsPerEpoch: 7));
        Assert.Equal(35, Resolve("--model", "dcgan").TotalSteps(stepsPerEpoch: 7));
        Assert.Throws<UsageException>(() => Resolve("--model", "dcgan", "--epochs", "2000000000").TotalSteps(stepsPerEpoch: 7));
    }

    [Theory]
    [InlineData(100, 10, 1, 10)]
    [InlineData(101, 10, 1, 11)]
    [InlineData(101, 10, 2, 6)]
    [InlineData(5, 10, 3, 1)]
    public void AnEpochHasCeilOfBatchesOverK(int count, int batch, int k, long expected) =>
        Assert.Equal(expected, Resolve("--model", "dcgan", "--batch-size", $"{batch}", "--d-steps", $"{k}").StepsPerEpoch(count));

    [Fact]
    public void DefaultBatchShrinksWithANoteExplicitIsRefused()
    {
        var shrunk = Resolve("--model", "dcgan").ResolveBatch(40, out var note);
        Assert.Equal(40, shrunk.BatchSize);
        Assert.Equal("Batch size 40 instead of 128: the data set holds no more images.", note);

        Assert.Equal(128, Resolve("--model", "dcgan").ResolveBatch(128, out note).BatchSize);
        Assert.Null(note);

        var error = Assert.Throws<UsageException>(() => Resolve("--model", "dcgan", "--batch-size", "41").ResolveBatch(40, out _));
        Assert.Equal("--batch-size 41: the data set holds 40 images; give at most 40.", error.Message);
        Assert.Throws<UsageException>(() => Resolve("--model", "dcgan").ResolveBatch(0, out _));
    }

    [Fact]
    public void ChannelsComeFromTheDataUnlessGiven()
    {
        Assert.Equal(1, Resolve("--model", "dcgan").ResolveChannels(everyImageIsGrey: true).Nc);
        Assert.Equal(3, Resolve("--model", "dcgan").ResolveChannels(everyImageIsGrey: false).Nc);
        Assert.Equal(3, Resolve("--model", "dcgan", "--nc", "3").ResolveChannels(everyImageIsGrey: true).Nc);
    }

    [Fact]
    public void IntervalsAreDueOnFinishedSteps()
    {
        Assert.Equal([50L, 100], Enumerable.Range(0, 101).Select(i => (long)i).Where(i => new Interval(50).IsDue(i, 7)));
        Assert.Equal([7L, 14], Enumerable.Range(0, 15).Select(i => (long)i).Where(i => Interval.Epoch.IsDue(i, 7)));
    }

    [Fact]
    public void NgpuZeroMeansCpu() => Assert.Equal(new DeviceChoice("cpu", "cpu", "--ngpu 0"), Resolve("--model", "mlp", "--ngpu", "0").Device);

    [Fact]
    public void PathsBecomeFullBuiltInNamesStay()
    {
        var s = Resolve("--model", "dcgan", "--data", "pictures", "--netG", "g.safetensors");
        Assert.Equal(Path.GetFullPath("pictures"), s.Data);
        Assert.Equal(Path.GetFullPath("g.safetensors"), s.NetG);
        Assert.Null(s.SyntheticCount);
        Assert.Equal("synthetic-digits", Resolve("--model", "dcgan", "--data", "synthetic-digits").Data);
    }

    [Fact]
    public void EveryOptionIsDescribedOnce()
    {
        var lines = Resolve("--model", "dcgan", "--lr", "1e-3").Describe().ToList();
        Assert.Equal(TrainOptions.All.Count(o => o.Resume != ResumeRule.Session), lines.Count);
        Assert.All(lines, static l => Assert.True(l.IndexOf(' ', StringComparison.Ordinal) < l.Length - 1 && l[22] == ' ' && l[23] != ' ', l)); // one column
        Assert.Contains(lines, l => l.StartsWith("--lr", StringComparison.Ordinal) && l.EndsWith("0.001 (given)", StringComparison.Ordinal));
    }

    internal static TrainSettings Resolve(params string[] options) => TrainSettingsResolver.Resolve(Given(options));

    internal static Dictionary<string, string> Given(params string[] options)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < options.Length; i++)
        {
            var spec = TrainOptions.Find(options[i]);
            given.Add(spec.Name, spec.IsFlag ? "" : options[++i]);
        }

        return given;
    }
}
