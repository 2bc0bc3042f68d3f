using System.Text;
using System.Text.Json;
using Gan.Tests.EndToEnd;
using Gan.Train.Reports.TensorBoard;
using Xunit;

namespace Gan.Tests.Reports;

/// <summary>--tensorboard: event files hold the run's metrics and samples, in the format TensorBoard publishes.</summary>
public sealed class TensorBoardTests : IDisposable
{
    private readonly TempFolder _temp = new();

    private string At => _temp.At("run");

    public void Dispose() => _temp.Dispose();

    /// <summary>The check value of CRC-32C, and the mask of it.</summary>
    [Fact]
    public void TheChecksumIsCrc32C()
    {
        Assert.Equal(0xE3069283u, EventReader.Crc32C("123456789"u8));
        Assert.Equal(unchecked((0xE3069283u >> 15 | 0xE3069283u << 17) + 0xA282EAD8), EventFile.MaskedCrc("123456789"u8));
    }

    [Fact]
    public void LongAndNegativeFieldsAreWritten()
    {
        using (EventFile file = EventFile.Create(At, 0))
        {
            file.Scalars(1L << 40, (new string('x', 300), -1.5f), ("ö", float.NaN));
        }
        EventLog log = EventReader.Read(Files().Single());
        Assert.Equal([(1L << 40, new string('x', 300), -1.5f), (1L << 40, "ö", float.NaN)], log.Values.Select(static v => (v.Step, v.Tag, v.Number!.Value)));
    }

    [Fact]
    public void ARunWritesItsMetricsAndPictures()
    {
        GanTrain.Run($"{GanTrain.Dcgan} --steps 7 --log-every 2 --tensorboard --out {At}").Expect(0);
        EventLog log = EventReader.Read(Files().Single());
        Assert.Equal("brain.Event:2", log.Version);
        Assert.Empty(log.SessionStarts);
        JsonElement[] metrics = Metrics();
        foreach ((string tag, string name) in ((string, string)[])[("loss/d", "loss_d"), ("loss/g", "loss_g"), ("score/d_x", "d_x"), ("score/d_g_z1", "d_g_z1"), ("score/d_g_z2", "d_g_z2")])
        {
            Assert.Equal([1, 3, 5, 7], log.Values.Where(v => v.Tag == tag).Select(static v => v.Step));
            Assert.All(log.Values.Where(v => v.Tag == tag), v => Assert.Equal(metrics[v.Step - 1].GetProperty(name).GetSingle(), v.Number));
        }
        Assert.All(log.Values.Where(static v => v.Tag == "speed/images_per_second"), static v => Assert.True(v.Number > 0));
        Assert.All(log.Values.Where(static v => v.Tag == "memory/process_mib"), static v => Assert.InRange(v.Number!.Value, 10, 100_000));
        EventValue[] samples = [.. log.Values.Where(static v => v.Tag == "samples")];
        Assert.Equal([0, 3, 6, 7], samples.Select(static v => v.Step));
        Assert.All(samples, v => Assert.Equal(File.ReadAllBytes(Path.Combine(At, "samples", $"step_{v.Step:D6}.png")), v.Png));
        Assert.Equal((8 * 34 + 2, 8 * 34 + 2, 3), samples[0].Size);
        Assert.Equal(File.ReadAllBytes(Path.Combine(At, "real_samples.png")), Assert.Single(log.Values, static v => v.Tag == "real").Png);
        double now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;
        Assert.All(log.WallTimes, t => Assert.InRange(t, now - 600, now + 1));
    }

    /// <summary>A second file tells TensorBoard to forget what the first says of steps that are done again.</summary>
    [Fact]
    public void AResumedRunWritesASecondFile()
    {
        GanTrain.Run($"{GanTrain.Mlp} --steps 4 --log-every 1 --tensorboard --out {At}").Expect(0);
        string first = Files().Single();
        GanTrain.Run($"--resume {At} --steps 6").Expect(0);
        EventLog log = EventReader.Read(Files().Single(f => f != first));
        Assert.Equal([5], log.SessionStarts);
        Assert.Equal([5, 6], log.Values.Where(static v => v.Tag == "loss/d").Select(static v => v.Step));
        // Another run in the same place takes them away, and nothing else.
        File.WriteAllText(Path.Combine(At, "tensorboard", "mine"), "");
        GanTrain.Run($"{GanTrain.Mlp} --steps 1 --out {At} --overwrite").Expect(0);
        Assert.Equal(["mine"], Directory.GetFiles(Path.Combine(At, "tensorboard")).Select(Path.GetFileName));
    }

    [Fact]
    public void WithoutTheOptionThereIsNone()
    {
        GanTrain.Run($"{GanTrain.Mlp} --steps 2 --out {At}").Expect(0);
        Assert.False(Directory.Exists(Path.Combine(At, "tensorboard")));
    }

    private string[] Files() => Directory.GetFiles(Directory.Exists(Path.Combine(At, "tensorboard")) ? Path.Combine(At, "tensorboard") : At, "*tfevents*");

    private JsonElement[] Metrics() => [.. File.ReadLines(Path.Combine(At, "metrics.jsonl")).Select(static l => JsonDocument.Parse(Encoding.UTF8.GetBytes(l)).RootElement)];
}
