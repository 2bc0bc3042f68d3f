using System.Text.Json;
using Gan.Core.Serialization;
using Gan.Tests.Data;
using Gan.Train.Cli;
using Xunit;

namespace Gan.Tests.Golden;

/// <summary>
/// Whole runs through the command line's own entry, as an outsider makes them: train from given weights and latents, read metrics.jsonl and the
/// checkpoint, generate from the run. All numbers against PyTorch's.
/// </summary>
public class CommandLineGoldenTests
{
    public static IEnumerable<TheoryDataRow<string>> Names => TrainingCase.Names();

    [Theory]
    [MemberData(nameof(Names))]
    public void AgreesWithPyTorch(string name) => Run(TrainingCase.Ours(name));

    [Theory]
    [InlineData("dcgan")]
    [InlineData("mlp")]
    public void AgreesWithPyTorchOnTheSharedCases(string name) => Run(TrainingCase.SharedParity(name));

    /// <summary>Trains and generates, and compares everything.</summary>
    internal static void Run(TrainingCase c, string device = "cpu")
    {
        using var temp = new TempFolder();
        string run = Path.Combine(temp.Path, "run");
        string[] options = [.. c.Options(device).SelectMany(static o => o.Value.Length == 0 ? [o.Key] : new[] { o.Key, o.Value })];
        GanTrain([.. options, "--out", run]);

        c.AssertSteps([.. File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(static line => StepNumbers.Parse(JsonDocument.Parse(line).RootElement))]);
        string checkpoint = Path.Combine(run, "checkpoints", File.ReadAllText(Path.Combine(run, "checkpoints", "latest")).Trim());
        c.AssertBuffers("netG", Safetensors.Read(Path.Combine(checkpoint, "netG.safetensors")));
        c.AssertBuffers("netD", Safetensors.Read(Path.Combine(checkpoint, "netD.safetensors")));

        string latents = Path.Combine(temp.Path, "fixed.safetensors");
        int[] shape = c.Fixed["fixed_latents"].Shape;
        Safetensors.Write(latents, [HostTensor.FromFloat32("latents", shape, c.Fixed["fixed_latents"].ToFloats())]);
        // A run with --ema generates from the averaged weights; the file holds the trained ones.
        string netG = Path.Combine(checkpoint, "netG.safetensors");
        string averaged = c.Fixed.Names.Contains("fixed_output_ema") ? "fixed_output_ema" : "fixed_output";
        c.AssertOutput("fixed_output", Generate(temp.Path, netG, latents, shape[0], "running", device));
        c.AssertOutput(averaged, Generate(temp.Path, run, latents, shape[0], "run", device));
        c.AssertOutput("fixed_output_train", Generate(temp.Path, netG, latents, shape[0], "batch", device, "--batch-stats"));
    }

    private static float[] Generate(string folder, string netG, string latents, int count, string name, string device, params string[] more)
    {
        string raw = Path.Combine(folder, name + ".safetensors");
        GanTrain(["generate", "--netG", netG, "--count", count.ToString(), "--latents", latents, "--out", Path.Combine(folder, name), "--raw", raw, "--device", device, "--precision", "fp32", .. more]);
        return Safetensors.Read(raw)["output"].ToFloat32();
    }

    private static void GanTrain(string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = CommandLine.Run(arguments, CommandHandlers.Of(output, CancellationToken.None), output, error);
        Assert.True(code == ExitCode.Done, $"gan-train {string.Join(' ', arguments)} gave {code}:\n{error}{output}");
    }
}
