using System.Text.Json;
using Gan.Tests.Runs;
using Gan.Train.Models;
using Gan.Train.Settings;
using Gan.Train.Training;
using Xunit;

namespace Gan.Tests.EndToEnd;

public sealed class AutoBatchTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(20, 16)]
    [InlineData(5, 5)]
    [InlineData(64, 64)]
    public void TheChoiceIsWrittenToConfigJson(int images, int expected)
    {
        string run = _temp.At("run");
        Ended ended = GanTrain.Run($"--model mlp --hidden 16 --nz 8 --synthetic-count {images} --batch-size auto --steps 1 --out {run}").Expect(0);
        Assert.Contains($"Batch size {expected}: the largest of 16, 32 ... 1024 that fits {images} images", ended.Output);
        JsonElement options = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "config.json"))).RootElement.GetProperty("options");
        Assert.Equal(expected, options.GetProperty("batch-size").GetInt32());
        GanTrain.Run($"--resume {run} --steps 2").Expect(0);
    }

    [Fact]
    public void TheLargestThatFitsIsTaken()
    {
        TrainSettings settings = TrainSettingsResolver.Resolve(new Dictionary<string, string>
        {
            ["--model"] = "dcgan", ["--ngf"] = "4", ["--ndf"] = "4", ["--nz"] = "8", ["--nc"] = "3", ["--image-size"] = "32", ["--batch-size"] = "auto", ["--steps"] = "9",
        });
        const int images = 3000, bytes = 32 * 32 * 3;
        long Needed(int batch) => new MemoryForecast(GanOptions.From(settings with { BatchSize = batch }), images, bytes, 9, 0).Bytes(streamed: false);

        Assert.Equal(1024, AutoBatch.Choose(settings, images, bytes, Needed(1024), mayStream: false));
        Assert.Equal(512, AutoBatch.Choose(settings, images, bytes, Needed(1024) - 1, mayStream: false));
        Assert.Equal(16, AutoBatch.Choose(settings, images, bytes, Needed(16), mayStream: false));
        Assert.Contains("not even 16", Assert.Throws<UsageException>(() => AutoBatch.Choose(settings, images, bytes, Needed(16) - 1, mayStream: false)).Message);
        Assert.InRange(AutoBatch.Choose(settings, images, bytes, Needed(16) - 1, mayStream: true), 16, 1024); // images stay with the host
    }
}
