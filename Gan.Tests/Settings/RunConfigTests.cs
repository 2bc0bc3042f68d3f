using System.Text.Json.Nodes;
using Gan.Train.Settings;
using Xunit;
using static Gan.Tests.Settings.TrainSettingsTests;

namespace Gan.Tests.Settings;

public sealed class RunConfigTests
{
    [Theory]
    [InlineData("--model dcgan --lr 3e-4 --seed 18446744073709551615 --no-shuffle --steps 7 --batch-size 9")]
    [InlineData("--model mlp --hidden 33 --device cuda:3 --precision bf16 --log-every 5 --checkpoint-every 100 --g-loss saturating --latents z.safetensors --quiet --keep 9")]
    [InlineData("--model dcgan --data pictures --nc 1 --image-size 32 --steps 10 --epochs 3 --label-smoothing 0.1 --skip-bad-images")]
    [InlineData("--model dcgan --ema 0.999 --instance-noise 0.1 --instance-noise-steps 900 --lr-decay 0.9 --clip-grad 5 --spectral-norm --grad-norms --d-loss hinge --lr-d 1e-3 --lr-g 2e-3")]
    public void EveryOptionSurvivesConfigJson(string options)
    {
        var settings = Resolve(options.Split(' '));
        var read = RunConfig.Parse(Config(settings).ToJson());
        Assert.Equal(Text(settings), Text(read.Settings));
        Assert.Equal((12, "abc123", "a set", "a cpu"), (read.DataCount, read.DataHash, read.DataDescription, read.DeviceDescription));

        // Beyond what config.json itself compares: the typed values.
        Assert.Equal(
            settings with { Explicit = read.Settings.Explicit, Device = read.Settings.Device, Out = null },
            read.Settings);
    }

    [Fact]
    public void HoldsVersionsDeviceAndTypedValues()
    {
        var root = JsonNode.Parse(Config(Resolve("--model", "dcgan", "--device", "cpu")).ToJson())!;
        Assert.Equal("cpu", root["device"]!["name"]!.GetValue<string>());
        Assert.Equal(0.0002, root["options"]!["lr"]!.GetValue<double>());
        Assert.False(root["options"]!["no-shuffle"]!.GetValue<bool>());
        Assert.Null(root["options"]!["steps"]);
        Assert.Equal(RunConfig.ToolVersion, root["versions"]!["gan-train"]!.GetValue<string>());
        Assert.NotNull(root["versions"]!["dotnet"]);
    }

    [Theory]
    [InlineData("{", "damaged")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{}", "'format' is missing")]
    [InlineData("""{"format":2}""", "format 2, this version reads 1")]
    [InlineData("""{"format":1,"data":{},"device":{}}""", "'options' is missing")]
    [InlineData("""{"format":1,"data":{},"device":{},"options":{"model":"dcgan","warp":1}}""", "option 'warp' is not known")]
    [InlineData("""{"format":1,"data":{},"device":{},"options":{"model":"dcgan","lr":[1]}}""", "option 'lr' is [1]")]
    [InlineData("""{"format":1,"data":{},"device":{},"options":{"model":"dcgan","lr":-1}}""", "--lr -1")]
    [InlineData("""{"format":1,"data":{},"device":{"description":""},"options":{"model":"dcgan"}}""", "'description' is missing")]
    [InlineData("""{"format":"1"}""", "damaged")]
    public void DamagedConfigSaysWhatIsWrong(string json, string expected)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, json);
            var error = Assert.Throws<UsageException>(() => RunConfig.Read(path));
            Assert.StartsWith($"{path}: damaged", error.Message);
            Assert.Contains(expected, error.Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void EveryDamagedByteReadsOrIsExplained()
    {
        var path = Path.GetTempFileName();
        try
        {
            var good = Config(Resolve("--model", "dcgan")).ToJson();
            for (var i = 0; i < good.Length; i++)
            {
                var bytes = (byte[])good.Clone();
                bytes[i] ^= (byte)(1 << (i % 8));
                File.WriteAllBytes(path, bytes);
                try
                {
                    RunConfig.Read(path);
                }
                catch (UsageException)
                {
                    // explained
                }
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void OtherDataIsRefused()
    {
        var config = Config(Resolve("--model", "dcgan"));
        config.CheckSameData("pictures", 12, "abc123");
        Assert.Contains("--data pictures", Assert.Throws<UsageException>(() => config.CheckSameData("pictures", 13, "abc123")).Message);
        Assert.Contains("found 12, fff", Assert.Throws<UsageException>(() => config.CheckSameData("pictures", 12, "fff")).Message);
    }

    internal static RunConfig Config(TrainSettings settings) => new(settings, "a cpu", "a set", 12, "abc123");

    private static string Text(TrainSettings settings) => SettingsJson.Write(settings).ToJsonString();
}
