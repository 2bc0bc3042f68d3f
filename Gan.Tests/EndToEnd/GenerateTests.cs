using Gan.Core.Serialization;
using Gan.Tests.Runs;
using Gan.Train.Data.Codecs;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>gan-train generate: places, shapes, and that an image depends on its noise alone.</summary>
public sealed class GenerateTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(GanTrain.Dcgan, 3 * 32 * 32)]
    [InlineData(GanTrain.Mlp, 784)]
    public void TheSameNoiseGivesTheSameImageInAnyCount(string options, int elements)
    {
        string run = Train(options);
        float[] all = Output(run, "all", $"--latents {Latents(130)}", [130, .. Image(elements)]);
        foreach (int rows in (int[])[1, 5, 64, 65])
        {
            Assert.True(all.AsSpan(0, rows * elements).SequenceEqual(Output(run, $"first{rows}", $"--latents {Latents(rows)}", [rows, .. Image(elements)])), $"{rows} rows");
            Assert.True(all.AsSpan(0, rows * elements).SequenceEqual(Output(run, $"count{rows}", $"--latents {Latents(130)} --count {rows}", [rows, .. Image(elements)])), $"--count {rows}");
        }
        float[] drawn = Output(run, "drawn", "--count 70 --seed 4", [70, .. Image(elements)]);
        Assert.True(drawn.AsSpan(0, 3 * elements).SequenceEqual(Output(run, "three", "--count 3 --seed 4", [3, .. Image(elements)])));
        Assert.False(drawn.AsSpan(0, 3 * elements).SequenceEqual(Output(run, "other", "--count 3 --seed 5", [3, .. Image(elements)])));
    }

    [Fact]
    public void AFileARunAndACheckpointAreTheSameGenerator()
    {
        string run = Train(GanTrain.Dcgan), checkpoint = Path.Combine(run, "checkpoints", "step_00000004");
        float[] expected = Output(run, "run", "--count 2", [2, 3, 32, 32]);
        Assert.Equal(expected, Output(checkpoint, "checkpoint", "--count 2", [2, 3, 32, 32]));
        Assert.Equal(expected, Output(checkpoint + "/", "slash", "--count 2", [2, 3, 32, 32]));
        Assert.Equal(expected, Output(Path.Combine(checkpoint, "netG.safetensors"), "file", "--count 2", [2, 3, 32, 32]));
        Assert.NotEqual(expected, Output(run, "batch", "--count 2 --batch-stats", [2, 3, 32, 32]));
    }

    [Fact]
    public void OnlyTheGeneratorHasToBeIntact()
    {
        string run = Train(GanTrain.Dcgan), checkpoint = Path.Combine(run, "checkpoints", "step_00000004");
        float[] expected = Output(run, "before", "--count 2", [2, 3, 32, 32]);
        Damage(Path.Combine(checkpoint, "netD.safetensors"));
        Assert.Equal(expected, Output(run, "run", "--count 2", [2, 3, 32, 32]));
        Assert.Equal(expected, Output(checkpoint, "checkpoint", "--count 2", [2, 3, 32, 32]));
        Damage(Path.Combine(checkpoint, "netG.safetensors"));
        string refused = GanTrain.Run($"generate --netG {checkpoint} --raw {_temp.At("none.safetensors")} --count 2").Expect(2).Error;
        Assert.Matches("--netG.*netG.safetensors.*SHA-256", refused);
        Assert.False(File.Exists(_temp.At("none.safetensors")));
    }

    [Fact]
    public void WritesNumberedPicturesAndAGrid()
    {
        string run = Train(GanTrain.Mlp), folder = _temp.At("pictures");
        GanTrain.Run($"generate --netG {run} --count 10 --out {folder}").Expect(0);
        Assert.Equal([.. Enumerable.Range(0, 10).Select(static i => $"{i:D6}.png"), "grid.png"], GanTrain.Files(folder));
        DecodedImage grid = Decode(Path.Combine(folder, "grid.png")), last = Decode(Path.Combine(folder, "000009.png"));
        Assert.Equal((242, 62, 28, 28), (grid.Width, grid.Height, last.Width, last.Height));
        for (int y = 0; y < 28; y++)
        {
            Assert.Equal(last.Pixels[(y * 28)..(y * 28 + 28)], grid.Pixels[((32 + y) * 242 + 32)..((32 + y) * 242 + 60)]);
        }
    }

    [Fact]
    public void AnInterruptStopsIt()
    {
        string run = Train(GanTrain.Mlp);
        Assert.Equal(130, GanTrain.Run($"generate --netG {run} --out {_temp.At("pictures")}", new StringWriter(), new CancellationToken(canceled: true)).Code);
    }

    private static void Damage(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private static DecodedImage Decode(string path) => ImageDecoder.Decode(File.ReadAllBytes(path), DecodeLimits.Default);

    private static long[] Image(int elements) => elements == 784 ? [784] : [3, 32, 32];

    private string Train(string options)
    {
        string run = _temp.At("run");
        GanTrain.Run($"{options} --steps 4 --out {run}").Expect(0);
        return run;
    }

    private string Latents(int rows)
    {
        string path = _temp.At($"z{rows}.safetensors");
        var random = new Random(7);
        Safetensors.Write(path, [HostTensor.FromFloat32("latents", [rows, 8], [.. Enumerable.Range(0, rows * 8).Select(_ => 2 * random.NextSingle() - 1)])]);
        return path;
    }

    private float[] Output(string netG, string name, string options, long[] shape)
    {
        string raw = _temp.At(name + ".safetensors");
        GanTrain.Run($"generate --netG {netG} --raw {raw} {options}").Expect(0);
        HostTensor output = Assert.Single(Safetensors.Read(raw));
        Assert.Equal(("output", TensorDType.F32), (output.Name, output.DType));
        Assert.Equal(shape, output.Shape.ToArray());
        return output.ToFloat32();
    }
}
