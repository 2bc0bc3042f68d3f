using System.Text.Json;
using Gan.Core.Serialization;
using Gan.Tests.EndToEnd;
using Gan.Train.Data.Codecs;
using Gan.Train.Data.Codecs.Png;
using Xunit;

namespace Gan.Tests.Evaluation;

/// <summary>gan-train evaluate from end to end: what it writes, that it repeats itself, and what it does with odd input.</summary>
public sealed class EvaluateCommandTests : IDisposable
{
    private static readonly string[] WithoutClassifier = ["swd_28x28", "swd_14x14", "swd", "ms_ssim", "exact_copy_rate"];

    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void ARunIsJudgedOnItsOwnDataAndTwiceTheSame()
    {
        string run = Train("--model mlp --hidden 16 --nz 8 --synthetic-count 240 --batch-size 8");
        string first = _temp.At("first.json"), second = _temp.At("second.json"), other = _temp.At("other.json");
        Ended ended = GanTrain.Run($"evaluate --run {run} --json {first}").Expect(0);
        Assert.Contains("Classifier: 192 images to learn from, ", ended.Output, StringComparison.Ordinal);
        GanTrain.Run($"evaluate --run {run} --json {second} --out {_temp.At("elsewhere")}").Expect(0);
        GanTrain.Run($"evaluate --run {run} --json {other} --seed 4").Expect(0);
        Assert.Equal(File.ReadAllText(first), File.ReadAllText(second));
        Assert.NotEqual(File.ReadAllText(first), File.ReadAllText(other));

        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(first));
        JsonElement numbers = json.RootElement.GetProperty("numbers");
        Assert.Equal([.. WithoutClassifier[..^1], "frechet", "precision", "recall", "exact_copy_rate"], numbers.EnumerateObject().Select(static n => n.Name));
        Assert.Equal(120, json.RootElement.GetProperty("count").GetInt32());
        Assert.InRange(json.RootElement.GetProperty("classifier").GetProperty("held_out_accuracy").GetDouble(), 0.5, 1); // drawn digits, 192 to learn from
        foreach (string worse in (string[])["swd", "frechet", "ms_ssim"])
        {
            JsonElement number = numbers.GetProperty(worse);
            Assert.True(number.GetProperty("value").GetDouble() > 2 * number.GetProperty("real").GetDouble(), $"{worse} does not see an untrained generator: {number}");
        }
        Assert.InRange(numbers.GetProperty("precision").GetProperty("real").GetDouble(), 0.4, 1);

        DecodedImage picture = ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(run, "evaluation", "nearest.png")), DecodeLimits.Default);
        Assert.Equal((8 * 30 + 2, 12 * 30 + 2), (picture.Width, picture.Height));
        Assert.Equal(["nearest.png"], GanTrain.Files(_temp.At("elsewhere")));

        GanTrain.Run($"{GanTrain.Mlp} --steps 1 --out {run} --overwrite").Expect(0);
        Assert.False(Directory.Exists(Path.Combine(run, "evaluation")), "the judgement of a run that was overwritten is still there");
    }

    [Fact]
    public void RealImagesAsGeneratedOnesAreAsGoodAsTheFloorAndAllCopies()
    {
        string real = Images("real", 80, 28, 1, labelled: true), fake = Images("fake", 80, 28, 1, labelled: false);
        string json = _temp.At("judged.json");
        Ended ended = GanTrain.Run($"evaluate --run {fake} --data {real} --json {json}").Expect(0);
        using JsonDocument found = JsonDocument.Parse(File.ReadAllText(json));
        JsonElement numbers = found.RootElement.GetProperty("numbers");
        Assert.Equal((1.0, 0.0), (Value(numbers, "exact_copy_rate", "value"), Value(numbers, "exact_copy_rate", "real")));
        Assert.InRange(Value(numbers, "swd", "value") / Value(numbers, "swd", "real"), 0.4, 2.5);
        Assert.Contains("40 images a side are few", ended.Output, StringComparison.Ordinal);
        Assert.Contains("not of full rank", ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("nearest.png", ended.Output, StringComparison.Ordinal);
    }

    /// <summary>A folder that generate wrote also holds pictures of many images each; they are no samples.</summary>
    [Fact]
    public void GridsOfGenerateAreNoImagesToJudge()
    {
        string run = Train(GanTrain.Mlp), made = _temp.At("made");
        GanTrain.Run($"generate --netG {run} --count 12 --out {made} --interpolate 2 --arithmetic 0,1-2").Expect(0);
        Ended ended = GanTrain.Run($"evaluate --run {made} --data synthetic-digits --count 12").Expect(0);
        Assert.Contains("Judged: 12 images", ended.Output, StringComparison.Ordinal);
        Assert.Contains("note: grid.png, interpolation.png, arithmetic.png, arithmetic_neighbours.png left out", ended.Output, StringComparison.Ordinal);
        string others = Images("others", 12, 28, 1, labelled: false);
        File.Move(Path.Combine(others, "000.png"), Path.Combine(others, "grid.png")); // somebody's own name
        Assert.Contains("Judged: 12 images", GanTrain.Run($"evaluate --run {others} --data synthetic-digits --count 12").Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutLabelsItSaysWhatIsLeftOut()
    {
        string run = Train(GanTrain.Mlp), real = Images("real", 30, 28, 1, labelled: false), json = _temp.At("judged.json");
        Ended ended = GanTrain.Run($"evaluate --run {run} --data {real} --json {json} --count 10").Expect(0);
        Assert.Contains("note: Frechet distance, precision and recall are left out: they need a classifier, and these images have no labels", ended.Output, StringComparison.Ordinal);
        using JsonDocument found = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Equal(WithoutClassifier, found.RootElement.GetProperty("numbers").EnumerateObject().Select(static n => n.Name));
        Assert.Equal(10, found.RootElement.GetProperty("count").GetInt32());
        Assert.False(found.RootElement.TryGetProperty("classifier", out _));
    }

    [Fact]
    public void OddSizesAndOtherChannelsAreBroughtTogether()
    {
        string colour = Images("colour", 24, 23, 3, labelled: false), grey = Images("grey", 24, 40, 1, labelled: false), tiny = Images("tiny", 12, 5, 1, labelled: false);
        Ended ended = GanTrain.Run($"evaluate --run {colour} --data {grey}").Expect(0);
        Assert.Contains("the generated images have 3 channels, the real ones 1; the real ones are taken as colour", ended.Output, StringComparison.Ordinal);
        Assert.Contains("sliced Wasserstein x1000, 23x23", ended.Output, StringComparison.Ordinal);
        ended = GanTrain.Run($"evaluate --run {tiny} --data {grey}").Expect(0);
        Assert.Contains("images of 5x5 are smaller than its 7x7 patches", ended.Output, StringComparison.Ordinal);
        Assert.Contains("smaller than its 11x11 window", ended.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "--run is missing")]
    [InlineData("--run nothing-here --data x", "--run nothing-here: no such file or folder")]
    [InlineData("--run GENERATOR", "--data is missing")]
    [InlineData("--run GENERATOR --data nothing-here", "--data nothing-here: 'nothing-here' is neither a file nor a folder")]
    [InlineData("--run GENERATOR --data REAL --count 4", "--count 4: must be from 5 to 50000")]
    [InlineData("--run GENERATOR --data FEW", "9 real and any number of generated images: at least 10 real")]
    [InlineData("--run GENERATOR --data REAL --json FEW", "it is a folder")]
    [InlineData("--run GENERATOR --data REAL --out GENERATOR", "it is a file")]
    [InlineData("--run TEXT --data REAL", "no image files")]
    public void BadInputIsNamed(string options, string expected)
    {
        string generator = Path.Combine(Train(GanTrain.Mlp), "checkpoints", "step_00000002", "netG.safetensors");
        Directory.CreateDirectory(_temp.At("text"));
        options = options.Replace("GENERATOR", generator, StringComparison.Ordinal).Replace("TEXT", _temp.At("text"), StringComparison.Ordinal)
            .Replace("REAL", Images("real", 12, 28, 1, false), StringComparison.Ordinal).Replace("FEW", Images("few", 9, 28, 1, false), StringComparison.Ordinal);
        Assert.Contains(expected, GanTrain.Run("evaluate " + options).Expect(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AnInterruptStopsItAndLeavesNothing()
    {
        string run = Train(GanTrain.Mlp);
        string[] before = GanTrain.Files(run);
        Assert.Equal(130, GanTrain.Run($"evaluate --run {run}", new StringWriter(), new CancellationToken(canceled: true)).Code);
        Assert.Equal(before, GanTrain.Files(run));
    }

    private static double Value(JsonElement numbers, string name, string member) => numbers.GetProperty(name).GetProperty(member).GetDouble();

    private string Train(string options)
    {
        string run = _temp.At("run");
        GanTrain.Run($"{options} --steps 2 --out {run}").Expect(0);
        return run;
    }

    /// <summary>A folder of noisy gradients, brighter with the class; the same call gives the same bytes under any name.</summary>
    private string Images(string name, int count, int size, int channels, bool labelled)
    {
        var random = new Random(8);
        for (int i = 0; i < count; i++)
        {
            var pixels = new byte[size * size * channels];
            for (int p = 0; p < pixels.Length; p++)
            {
                pixels[p] = (byte)(60 * (i % 2) + 2 * (p % size) + random.Next(60));
            }
            _temp.Write($"{name}/{(labelled ? $"class{i % 2}/" : "")}{i:D3}.png", PngEncoder.Encode(size, size, channels, pixels));
        }
        return _temp.At(name);
    }
}
