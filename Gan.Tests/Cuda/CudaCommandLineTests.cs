using System.Text.Json;
using Gan.Tests.EndToEnd;
using Gan.Tests.Golden;
using Gan.Tests.Ops;
using Gan.Train.Settings;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>Whole runs on the emulator (or a GPU) through the command line.</summary>
public sealed class CudaCommandLineTests : IDisposable
{
    private static readonly string s_cuda = $"--device {TestDevice.CudaName}";
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("dcgan")]
    [InlineData("mlp")]
    public void AgreesWithPyTorchOnTheSharedCases(string name) => CommandLineGoldenTests.Run(TrainingCase.SharedParity(name), TestDevice.CudaName);

    [Theory]
    [InlineData("dcgan32_partial_batch")]
    [InlineData("mlp_two_d_steps")]
    public void AgreesWithPyTorch(string name) => CommandLineGoldenTests.Run(TrainingCase.Ours(name), TestDevice.CudaName);

    [Theory]
    [InlineData("fp32", GanTrain.Dcgan)]
    [InlineData("tf32", GanTrain.Mlp)]
    [InlineData("bf16", GanTrain.Mlp)]
    public void RunsAndResumesBitForBit(string precision, string options)
    {
        (string whole, string parts) = (_temp.At("whole"), _temp.At("parts"));
        GanTrain.Run($"{options} {s_cuda} --precision {precision} --steps 4 --out {whole}").Expect(0);
        GanTrain.Run($"{options} {s_cuda} --precision {precision} --steps 2 --out {parts}").Expect(0);
        GanTrain.Run($"--resume {parts} --steps 4").Expect(0);
        GanTrain.AssertSameRun(whole, parts, 4);
        RunConfig config = RunConfig.Read(Path.Combine(parts, "config.json"));
        Assert.Equal(precision, config.Settings.Precision?.Text());
        Assert.StartsWith("cuda", config.Settings.Device.Used);
    }

    [Fact]
    public void GoesOnFromACheckpointOfTheCpuAndBack()
    {
        (string cpu, string moved) = (_temp.At("cpu"), _temp.At("moved"));
        GanTrain.Run($"{GanTrain.Dcgan} --device cpu --steps 5 --out {cpu}").Expect(0);
        GanTrain.Run($"{GanTrain.Dcgan} --device cpu --steps 2 --out {moved}").Expect(0);
        GanTrain.Run($"--resume {moved} {s_cuda} --precision fp32 --steps 4").Expect(0);
        Assert.StartsWith("cuda", RunConfig.Read(Path.Combine(moved, "config.json")).Settings.Device.Used);
        GanTrain.Run($"--resume {moved} --device cpu --steps 5").Expect(0);

        StepNumbers[] expected = Metrics(cpu), found = Metrics(moved);
        Assert.Equal(5, found.Length);
        Assert.Equal(expected[..2], found[..2]);
        foreach ((StepNumbers e, StepNumbers f) in expected.Zip(found))
        {
            foreach (((string name, double value), (_, double right)) in f.Named().Zip(e.Named()))
            {
                Assert.True(Math.Abs(value - right) <= 1e-5 + 1e-4 * Math.Abs(right), $"{name} is {value:g9}, the cpu has {right:g9}");
            }
        }
    }

    [Fact]
    public void GeneratesLikeTheCpu()
    {
        string run = _temp.At("run");
        GanTrain.Run($"{GanTrain.Dcgan} --device cpu --steps 1 --out {run}").Expect(0);
        float[][] images = [.. ((string[])["--device cpu", $"{s_cuda} --precision fp32"]).Select((device, i) =>
        {
            string raw = _temp.At($"{i}.safetensors");
            GanTrain.Run($"generate --netG {run} --count 3 --raw {raw} {device}").Expect(0);
            return new GoldenFile(raw)["output"].ToFloats();
        })];
        for (int i = 0; i < images[0].Length; i++)
        {
            Assert.True(Math.Abs(images[0][i] - images[1][i]) <= 1e-5, $"element {i}: {images[0][i]:g9} on the cpu, {images[1][i]:g9}");
        }
    }

    [Theory]
    [InlineData("tf32")]
    [InlineData("bf16")]
    public void DoctorAgrees(string precision)
    {
        Ended ended = GanTrain.Run($"doctor --quick {s_cuda} --precision {precision}").Expect(0);
        Assert.Contains("Everything agrees", ended.Output);
        Assert.Contains("bit for bit the same", ended.Output);
    }

    private static StepNumbers[] Metrics(string run) =>
        [.. File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(static line => StepNumbers.Parse(JsonDocument.Parse(line).RootElement))];
}
