using Gan.Core.Serialization;
using Gan.Kernels;
using Gan.Tests.Ops;
using Gan.Train.Models;
using Gan.Train.Settings;
using Gan.Train.Training;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>A run whose images are sent a step at a time has the bits of one whose images are all on the device.</summary>
public class StreamedImagesTests
{
    private const int Count = 22;

    public static TheoryData<bool, int, bool> Kinds => new() { { true, 1, true }, { true, 2, true }, { false, 1, true }, { false, 3, true }, { false, 2, false } };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void TrainingHasTheSameBits(bool dcgan, int dSteps, bool shuffle)
    {
        GanOptions options = dcgan
            ? new() { Model = ModelKind.Dcgan, BatchSize = 8, Lr = 2e-4, Beta1 = 0.5, Beta2 = 0.999, Nz = 8, ImageSize = 32, Nc = 3, Ngf = 4, Ndf = 4, DSteps = dSteps, Shuffle = shuffle }
            : new() { Model = ModelKind.Mlp, BatchSize = 5, Lr = 1e-3, Beta1 = 0.9, Beta2 = 0.999, Nz = 8, ImageSize = 28, Hidden = 16, DSteps = dSteps, Shuffle = shuffle };
        Assert.Equal(Train(options, streamed: false), Train(options, streamed: true));
    }

    [Fact]
    public void AVariableAsksForIt()
    {
        using TempFolder temp = new();
        string[] metrics = [.. ((string[])["0", "1"]).Select(value =>
        {
            string run = temp.At(value);
            using var process = GanTrainProcess.Start($"--model mlp --hidden 8 --synthetic-count 20 --batch-size 5 --steps 5 --device cuda-emulator --out {run}", (ImagePlacement.StreamVariable, value));
            string output = process.End().Expect(0).Output;
            Assert.Equal(value == "1", output.Contains("each step's images are sent to it, as GAN_STREAM_IMAGES=1 asks", StringComparison.Ordinal));
            return File.ReadAllText(Path.Combine(run, "metrics.jsonl"));
        })];
        Assert.Equal(metrics[0], metrics[1]);
    }

    [Fact]
    public void TheHostsOrderIsTheDevices()
    {
        using Device device = TestDevice.Open();
        const int Images = 1000, Epoch = 3;
        int[] expected = new int[Images];
        EpochOrder.Fill(expected, 0, Images, 77, Epoch);
        Assert.Equal(Enumerable.Range(0, Images), expected.Order());
        int[] part = new int[10];
        EpochOrder.Fill(part, 990, Images, 77, Epoch);
        Assert.Equal(expected[990..], part);
        Assert.Throws<ArgumentOutOfRangeException>(() => EpochOrder.Fill(part, 991, Images, 77, Epoch));

        // An image is its own number, in two bytes.
        using DeviceBuffer images = device.Allocate<byte>(2 * Images), state = device.Allocate<uint>(StepState.Length), y = device.Allocate<float>(2 * Images);
        device.CopyFromHost<byte>([.. Enumerable.Range(0, Images).SelectMany(static i => new[] { (byte)(i & 255), (byte)(i >> 8) })], images.AsSpan<byte>());
        uint[] words = new uint[StepState.Length];
        words[(int)StepField.Epoch] = Epoch;
        device.CopyFromHost<uint>(words, state.AsSpan<uint>());
        device.Kernels.GatherNormalize(images.AsSpan<byte>(), Images, 2, y.AsSpan<float>(), Images, state.AsSpan<uint>(), 77, shuffle: true, 0, 1f / 255);
        float[] gathered = new float[2 * Images];
        device.CopyToHost(y.AsSpan<float>(), gathered.AsSpan());
        Assert.Equal(expected, Enumerable.Range(0, Images).Select(i => (int)Math.Round(gathered[2 * i]) + 256 * (int)Math.Round(gathered[2 * i + 1])));
    }

    [Fact]
    public void AStepThatDoesNotStartAFullBatchIsRefused()
    {
        using Device device = TestDevice.Open();
        using var images = MakeImages(device, new GanOptions { Model = ModelKind.Mlp, BatchSize = 5, Lr = 1, Beta1 = 0, Beta2 = 0, Nz = 1, ImageSize = 28 }, streamed: true, out _);
        Assert.Throws<InvalidOperationException>(() => images.Prepare(0, 3, 5));
        Assert.Throws<InvalidOperationException>(() => images.Prepare(0, 0, 6));
    }

    /// <summary>Three epochs, each with a partial batch: everything a checkpoint holds, and what is written before the first step.</summary>
    private static byte[] Train(GanOptions options, bool streamed)
    {
        using Device device = TestDevice.Open();
        using IImageSource images = MakeImages(device, options, streamed, out byte[] pixels);
        using var trainer = new GanTrainer(device, options, images, null);
        var schedule = new Schedule(Count, options.BatchSize, options.DSteps, 3, null);
        using var bytes = new MemoryStream();
        bytes.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(trainer.PeekReal(Count).AsSpan()));
        for (long s = 0; s < schedule.TotalSteps; s++)
        {
            trainer.Step(schedule[s]);
        }
        foreach ((_, List<HostTensor> tensors) in TrainerState.Capture(trainer).OrderBy(static f => f.Key, StringComparer.Ordinal))
        {
            tensors.ForEach(t => bytes.Write(t.Bytes.Span));
        }
        GC.KeepAlive(pixels);
        return bytes.ToArray();
    }

    private static unsafe IImageSource MakeImages(Device device, GanOptions options, bool streamed, out byte[] pixels)
    {
        int elements = options.ImageSize * options.ImageSize * options.Nc;
        // Pinned for good, because streamed images are read later.
        pixels = GC.AllocateUninitializedArray<byte>(Count * elements, pinned: true);
        new Random(3).NextBytes(pixels);
        fixed (byte* p = pixels)
        {
            return streamed
                ? new StreamedImages(device, new HostImages(p, Count, elements, options.Seed, options.Shuffle), options.BatchSize * options.DSteps)
                : new ImageStore(device, p, Count, elements);
        }
    }
}
