using Gan.Core.Serialization;
using Gan.Tests.Runs;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>A run whose numbers overflow ends with exit code 1, says at which step, and leaves no checkpoint that is not finite.</summary>
public sealed class DivergenceTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("", "losses are no longer finite")]
    [InlineData(" --checkpoint-every 1", "losses are no longer finite")]
    public void OverflowingLossesEndTheRun(string options, string expected)
    {
        // Finite weights whose product is not: D's first output overflows.
        string start = Start(static (name, value) => name == "netD/net.0.weight" ? 3e38f : value);
        string run = _temp.At("run");
        Ended ended = GanTrain.Run($"{GanTrain.Mlp} --steps 5 --netG {start}/netG.safetensors --netD {start}/netD.safetensors --out {run}{options}").Expect(1);
        Assert.StartsWith("error: Step 0: loss_d ", ended.Error);
        Assert.Contains(expected, ended.Error);
        Assert.Contains("smaller --lr", ended.Error);
        AssertCheckpointsAreFinite(run, 0);
    }

    [Fact]
    public void WeightsThatOverflowAreNotSaved()
    {
        // Adam's second moment overflows, gradient squared, while the losses stay finite.
        string start = Start(static (name, value) => name == "netD/net.2.weight" ? 1e25f : value);
        string run = _temp.At("run");
        Ended ended = GanTrain.Run($"{GanTrain.Mlp} --steps 5 --checkpoint-every 1 --netG {start}/netG.safetensors --netD {start}/netD.safetensors --out {run}").Expect(1);
        Assert.Contains("of optimizer is no longer finite", ended.Error);
        AssertCheckpointsAreFinite(run, 0);
        Assert.Equal(130, GanTrain.RunInterrupted($"{GanTrain.Mlp} --steps 5 --out {run}2", 1).Code);
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

    private static void AssertCheckpointsAreFinite(string run, int newest)
    {
        Assert.Equal($"step_{newest:D8}\n", File.ReadAllText(Path.Combine(run, "checkpoints", "latest")));
        string checkpoint = Assert.Single(Directory.GetDirectories(Path.Combine(run, "checkpoints")));
        foreach (string file in Directory.GetFiles(checkpoint, "*.safetensors"))
        {
            Assert.All(Safetensors.Read(file).Where(static t => t.DType == TensorDType.F32), t => Assert.All(t.ToFloat32(), static v => Assert.True(float.IsFinite(v))));
        }
    }
}
