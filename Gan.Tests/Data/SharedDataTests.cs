using System.Diagnostics;
using System.Security.Cryptography;
using Gan.Train.Data;
using Gan.Train.Data.Codecs;
using Xunit;

namespace Gan.Tests.Data;

/// <summary>On real data that is not part of the repository; skipped where it is absent. Digests come from Golden/data/make_real.py.</summary>
public class SharedDataTests(ITestOutputHelper output)
{
    [Fact]
    public void Real_photographs_decode_to_the_reference_bits()
    {
        var root = Need("sign-digits");
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var watch = new Stopwatch();
        var (count, pixels) = (0, 0L);
        foreach (var name in ImageFolder.Find(root))
        {
            var file = File.ReadAllBytes(Path.Combine(root, name));
            watch.Start();
            var image = ImageDecoder.Decode(file, DecodeLimits.Default);
            watch.Stop();
            sha.AppendData(image.Pixels);
            count++;
            pixels += (long)image.Width * image.Height;
        }
        output.WriteLine($"{count} photographs, {pixels / 1e6:F1} Mpixel decoded in {watch.Elapsed.TotalSeconds:F2} s on one thread: "
            + $"{count / watch.Elapsed.TotalSeconds:F0} images/s, {pixels / 1e6 / watch.Elapsed.TotalSeconds:F0} Mpixel/s");
        Assert.Equal("281e09c1ece59d3f5b6ce165a99ae9cda6d51d8727c73b0794e564bc39f40146", Convert.ToHexStringLower(sha.GetHashAndReset()));
    }

    [Fact]
    public void Real_photographs_open_as_the_reference_loader_gives_them()
    {
        var root = Need("sign-digits");
        var watch = Stopwatch.StartNew();
        using var data = ImageDataset.Open(root, 64, null, Environment.ProcessorCount, false, output.WriteLine);
        output.WriteLine($"{data.Description}: {watch.Elapsed.TotalSeconds:F2} s on {Environment.ProcessorCount} threads");
        Assert.Equal((2062, 3), (data.Count, data.Channels));
        Assert.Equal(10, data.Labels!.Distinct().Count());
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < data.Count; i++)
        {
            sha.AppendData(data.Image(i));
        }
        Assert.Equal("4f3f9d48f57e166879bce9d36042b18fbcf96a1686e09748bb2cf72d6c7375fe", Convert.ToHexStringLower(sha.GetHashAndReset()));
    }

    [Fact]
    public void Mnist_opens_with_its_labels()
    {
        using var data = ImageDataset.Open(Need("mnist"), 28, null, 2, false, output.WriteLine);
        Assert.Equal((10000, 28, 28, 1), (data.Count, data.Height, data.Width, data.Channels));
        Assert.Equal([7, 2, 1, 0, 4, 1, 4, 9, 5, 9], data.Labels!.Take(10)); // the well-known first ten
    }

    [Theory, InlineData("dcgan"), InlineData("mlp")]
    public void Parity_images_open(string model)
    {
        var root = Need($"../parity/{model}/real");
        using var data = ImageDataset.Open(root, 28, null, 2, false, output.WriteLine);
        output.WriteLine($"{data.Description}, {data.Channels} channels");
        Assert.Equal(Directory.GetFiles(root, "*.png", SearchOption.AllDirectories).Length, data.Count);
    }

    private static string Need(string relative)
    {
        var path = Corpus.Shared(relative);
        Assert.SkipWhen(path == null, $"shared/data/{relative} is not beside this checkout");
        return path;
    }
}
