using Gan.Train.Settings;
using Xunit;
using static Gan.Tests.Settings.TrainSettingsTests;

namespace Gan.Tests.Settings;

public sealed class ResumeSettingsTests
{
    [Fact]
    public void EverythingComesFromTheRun()
    {
        var stored = Stored("--model", "dcgan", "--lr", "3e-4", "--no-shuffle", "--batch-size", "9", "--epochs", "7");
        var now = Merge(stored);
        Assert.Equal(SettingsJson.Write(stored.Settings).ToJsonString(), SettingsJson.Write(now).ToJsonString());
        Assert.Equal(["--resume"], now.Explicit);
        Assert.Equal("cpu (as the run to resume)", Merge(Stored("--model", "dcgan", "--device", "cpu")).Device.ToString());
        Assert.Equal("cpu (--ngpu 0)", Merge(stored, "--ngpu", "0").Device.ToString());
    }

    [Theory]
    [InlineData("--device cpu")]
    [InlineData("--device cuda:2")]
    [InlineData("--precision tf32")]
    [InlineData("--precision fp32")]
    [InlineData("--workers 1")]
    [InlineData("--log-every 3")]
    [InlineData("--sample-every 4")]
    [InlineData("--checkpoint-every epoch")]
    [InlineData("--keep 8")]
    [InlineData("--quiet")]
    [InlineData("--tensorboard")]
    [InlineData("--data elsewhere")]
    [InlineData("--ngpu 0")]
    [InlineData("--dry-run")]
    [InlineData("--out run")]
    [InlineData("--model dcgan")]
    [InlineData("--lr 0.0002")]
    [InlineData("--lr 2e-4")]
    [InlineData("--seed 999")]
    public void MayBeGivenAgain(string options) => Merge(Stored("--model", "dcgan"), options.Split(' '));

    [Theory]
    [InlineData("--lr 0.1", "--lr 0.1: contradicts the run to resume, which has 0.0002")]
    [InlineData("--beta1 0.9", "--beta1")]
    [InlineData("--beta2 0.9", "--beta2")]
    [InlineData("--batch-size 64", "--batch-size 64: contradicts the run to resume, which has 128")]
    [InlineData("--nz 50", "--nz")]
    [InlineData("--ngf 32", "--ngf")]
    [InlineData("--ndf 32", "--ndf")]
    [InlineData("--nc 1", "--nc")]
    [InlineData("--image-size 32", "--image-size")]
    [InlineData("--d-steps 2", "--d-steps")]
    [InlineData("--g-loss saturating", "--g-loss saturating: contradicts")]
    [InlineData("--label-smoothing 0.1", "--label-smoothing")]
    [InlineData("--seed 1", "--seed")]
    [InlineData("--no-shuffle", "--no-shuffle true: contradicts the run to resume, which has false")]
    [InlineData("--netG g.safetensors", "--netG")]
    [InlineData("--netD d.safetensors", "--netD")]
    [InlineData("--latents z.safetensors", "--latents")]
    [InlineData("--skip-bad-images", "--skip-bad-images")]
    [InlineData("--synthetic-count 5", "--synthetic-count")]
    [InlineData("--model mlp", "--model mlp: the run to resume is of --model dcgan")]
    [InlineData("--out elsewhere", "--out elsewhere")]
    [InlineData("--overwrite", "exclude each other")]
    [InlineData("--hidden 5", "--hidden belongs to --model mlp")]
    public void ContradictionsAreRefusedByName(string options, string expected)
    {
        var error = Assert.Throws<UsageException>(() => Merge(Stored("--model", "dcgan"), options.Split(' ')));
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void NoOptionIsForgottenByTheContradictionCases()
    {
        var free = new[] { "--device", "--precision", "--workers", "--log-every", "--sample-every", "--checkpoint-every", "--keep", "--quiet", "--tensorboard", "--data" };
        Assert.Equal(free.Order(), TrainOptions.All.Where(o => o.Resume == ResumeRule.Free).Select(o => o.Name).Order());
    }

    [Fact]
    public void GivenTotalsReplaceStoredOnes()
    {
        var stored = Stored("--model", "dcgan", "--epochs", "5");
        Assert.Equal((null, 1000L), Totals(Merge(stored, "--steps", "1000")));
        Assert.Equal((9, null), Totals(Merge(stored, "--epochs", "9")));
        Assert.Equal((9, 1000L), Totals(Merge(stored, "--epochs", "9", "--steps", "1000")));

        var bySteps = Stored("--model", "dcgan", "--steps", "50");
        Assert.Equal((null, 50L), Totals(Merge(bySteps)));
        Assert.Equal((6, null), Totals(Merge(bySteps, "--epochs", "6")));
    }

    private static (int?, long?) Totals(TrainSettings s) => (s.Epochs, s.Steps);

    private static RunConfig Stored(params string[] options) => RunConfig.Parse(RunConfigTests.Config(Resolve(options).ResolveChannels(false)).ToJson());

    private static TrainSettings Merge(RunConfig stored, params string[] options) => ResumeSettings.Merge(stored, Given(["--resume", "run", .. options]));
}
