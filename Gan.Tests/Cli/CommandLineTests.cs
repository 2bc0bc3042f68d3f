using Gan.Core.Serialization;
using Gan.Train.Cli;
using Gan.Train.Interop;
using Gan.Train.Runs;
using Gan.Train.Settings;
using Xunit;

namespace Gan.Tests.Cli;

public sealed class CommandLineTests
{
    [Fact]
    public void TrainingOptionsReachTheLoop()
    {
        TrainRequest? got = null;
        var run = Run("--model dcgan --lr=1e-3 --no-shuffle --d-steps 2 --netG g.safetensors", train: r =>
        {
            got = r;
            return 0;
        });
        Assert.Equal((0, "", ""), run);
        Assert.Equal((1e-3, false, 2), (got!.Settings.LearningRate, got.Settings.Shuffle, got.Settings.DSteps));
        Assert.Equal(["--d-steps", "--lr", "--model", "--netG", "--no-shuffle"], got.Explicit.Order(StringComparer.Ordinal));
        Assert.Null(got.ResumeFolder);
    }

    [Fact]
    public void GenerateOptionsReachGenerate()
    {
        GenerateSettings? got = null;
        var run = Run("generate --netG run --count 8 --out pictures --seed 3 --latents z --raw r --batch-stats", generate: s =>
        {
            got = s;
            return 0;
        });
        Assert.Equal((0, "", ""), run);
        Assert.Equal(("run", 8, "pictures", 3ul, "z", "r", true), (got!.NetG, got.Count, got.Out, got.Seed, got.Latents, got.Raw, got.BatchStats));
    }

    [Theory]
    [InlineData("", "--model is missing")]
    [InlineData("--model dcgan --bogus 3", "unknown option --bogus; see gan-train --help.")]
    [InlineData("--model dcgan --netg x", "unknown option --netg; did you mean --netG?")]
    [InlineData("--model dcgan --batchsize 3", "did you mean --batch-size?")]
    [InlineData("--model dcgan --epoch=3", "unknown option --epoch; did you mean --epochs?")]
    [InlineData("--model dcgan -5", "unknown option -5")]
    [InlineData("--model dcgan stray", "'stray' is not expected here")]
    [InlineData("generat --netG x", "did you mean generate?")]
    [InlineData("--model dcgan --lr", "--lr: a value is missing; write --lr RATE.")]
    [InlineData("--model dcgan --lr --nz 3", "--lr: a value is missing")]
    [InlineData("--model dcgan --lr 1 --lr 2", "--lr: given 2 times; give it once.")]
    [InlineData("--model dcgan --quiet --quiet", "--quiet: given 2 times")]
    [InlineData("--model dcgan --no-shuffle true", "'true' is not expected here")]
    [InlineData("--model dcgan @options", "'@options' is not expected here")]
    [InlineData("--model dcgan --lr -1", "--lr -1: must be from 0")]
    [InlineData("--model mlp --ngf 3", "--ngf belongs to --model dcgan")]
    [InlineData("--model dcgan generate --netG x --out y", "--model before 'generate' is an option of training")]
    [InlineData("generate --out x", "--netG is missing")]
    [InlineData("generate --netG x --out y --interpolate 0", "--interpolate 0: must be from 1 to 256")]
    [InlineData("generate --netG x --out y --model dcgan", "unknown option --model")]
    [InlineData("--resume no-such-run-folder", "--resume no-such-run-folder: no such folder; give the folder that --out named.")]
    public void BadUsageIsOneLineAndExit2(string arguments, string expected)
    {
        var (code, output, error) = Run(arguments);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("error: ", error);
        Assert.Contains(expected, error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("--model dcgan --help")]
    public void HelpStatesMeaningAndDefaultOfEveryOption(string arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.Equal((0, ""), (code, error));
        Assert.All(TrainOptions.All, option =>
        {
            Assert.Contains($"{option.Name} ", output);
            Assert.Contains(option.HelpText, output);
        });
        Assert.Contains("[default: dcgan 2e-4, mlp 1e-3]", output);
    }

    [Fact]
    public void GenerateHasItsOwnHelp()
    {
        var (code, output, _) = Run("generate --help");
        Assert.Equal(0, code);
        Assert.All(Gan.Train.Settings.GenerateOptions.All, option => Assert.Contains(option.Name, output));
        Assert.DoesNotContain("--ngf", output);
    }

    [Fact]
    public void VersionIsTheTools()
    {
        var (code, output, error) = Run("--version");
        Assert.Equal((0, $"gan-train {RunConfig.ToolVersion}", ""), (code, output.Trim(), error));
    }

    [Fact]
    public void BadInputIs2BeforeTheFirstStepAnd1After()
    {
        Exception[] problems =
        [
            new IOException("disk gone"), new UnauthorizedAccessException("no"), new SafetensorsException("f", "t", "bad"), new CheckpointException("bad"),
        ];
        foreach (var problem in problems)
        {
            Assert.Equal(2, Run("--model dcgan", train: _ => throw problem).Code);
            var (code, _, error) = Run("--model dcgan", train: request =>
            {
                request.Begun = true;
                throw problem;
            });
            Assert.Equal(1, code);
            Assert.Equal($"error: {problem.Message}", error.Trim());
        }
    }

    [Fact]
    public void UsageExceptionIs2CancellationIs130OthersAre1()
    {
        Assert.Equal((2, "error: no images"), CodeAndLine(new UsageException("no images")));
        Assert.Equal((130, "Interrupted."), CodeAndLine(new OperationCanceledException()));
        Assert.Equal((1, "error: InvalidOperationException: a b (set GAN_DEBUG=1 to see where)"), CodeAndLine(new InvalidOperationException("a\nb")));
        Assert.Equal((2, "error: inner"), CodeAndLine(new AggregateException(new UsageException("inner"))));
        Assert.StartsWith("error: out of memory", CodeAndLine(new OutOfMemoryException()).Line);
    }

    [Fact]
    public void ExitCodeOfTheLoopIsReturned() => Assert.Equal(130, Run("--model mlp", train: _ => ExitCode.Interrupted).Code);

    [Fact]
    public void ResumeReadsTheRun()
    {
        var folder = Directory.CreateTempSubdirectory("gan-cli-").FullName;
        try
        {
            Assert.Contains("no run to resume", Run($"--resume {folder}").Error);

            var stored = CommandLine.Request(new Dictionary<string, string> { ["--model"] = "mlp", ["--hidden"] = "33" }).Settings;
            File.WriteAllBytes(RunFolder.ConfigOf(folder), new RunConfig(stored, "cpu", "data", 5, "ab").ToJson());
            TrainRequest? got = null;
            Assert.Equal(0, Run($"--resume {folder} --steps 12", train: r =>
            {
                got = r;
                return 0;
            }).Code);
            Assert.Equal((folder, 33, 12L, 5), (got!.ResumeFolder, got.Settings.Hidden, got.Settings.Steps, got.Stored!.DataCount));

            Assert.Contains("--hidden 34: contradicts", Run($"--resume {folder} --hidden 34").Error);
            File.WriteAllText(RunFolder.ConfigOf(folder), "{");
            Assert.Contains("config.json: damaged", Run($"--resume {folder}").Error);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("--modle", "--model")]
    [InlineData("--outt", "--out")]
    [InlineData("--seeed", "--seed")]
    [InlineData("--xyz", null)]
    public void NearestNameIsSuggested(string typed, string? expected) =>
        Assert.Equal(expected, Suggestion.Nearest(typed, TrainOptions.All.Select(o => o.Name)));

    private static (int Code, string Line) CodeAndLine(Exception e)
    {
        var (code, _, error) = Run("--model dcgan", train: _ => throw e);
        return (code, error.Trim());
    }

    private static (int Code, string Output, string Error) Run(
        string arguments, Func<TrainRequest, int>? train = null, Func<GenerateSettings, int>? generate = null,
        Func<ConvertSettings, int>? convert = null, Func<ExportSettings, int>? export = null)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = CommandLine.Run(
            arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            new CommandHandlers { Train = train ?? (_ => 99), Generate = generate ?? (_ => 98), Evaluate = _ => 93, Convert = convert ?? (_ => 97), Export = export ?? (_ => 96), Doctor = _ => 95, Devices = _ => 94 },
            output,
            error);
        return (code, output.ToString(), error.ToString());
    }
}
