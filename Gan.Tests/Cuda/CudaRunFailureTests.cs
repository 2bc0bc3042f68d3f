using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Gan.Tests.EndToEnd;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>A run whose card fails ends with a clear error, exit code 1 and its last checkpoint intact; one that does not fit says what would.</summary>
public sealed class CudaRunFailureTests : IDisposable
{
    private const string Mlp = $"{GanTrain.Mlp} --device cuda --precision fp32 --log-every 1 --checkpoint-every 2";
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(nameof(ICudaDriver.GraphLaunch), nameof(CudaResult.Deinitialized), true)]
    [InlineData(nameof(ICudaDriver.EventSynchronize), nameof(CudaResult.IllegalAddress), true)]
    [InlineData(nameof(ICudaDriver.EventSynchronize), nameof(CudaResult.LaunchFailed), true)]
    [InlineData(nameof(ICudaDriver.MemoryAllocate), nameof(CudaResult.OutOfMemory), false)]
    [InlineData(nameof(ICudaDriver.Launch), nameof(CudaResult.LaunchOutOfResources), false)]
    public void AFailureInStep2LeavesTheCheckpoint(string method, string result, bool sticky)
    {
        CudaResult code = Enum.Parse<CudaResult>(result);
        (string whole, string run) = (_temp.At("whole"), _temp.At("run"));
        GanTrain.Run($"{Mlp} --steps 6 --out {whole}", new StringWriter(), CancellationToken.None, new FailingDevices()).Expect(0);

        var devices = new FailingDevices();
        using var output = new GanTrain.CountingWriter(2, () => devices.Driver!.Fail(method, code, times: int.MaxValue / 2, sticky: sticky));
        Ended ended = GanTrain.Run($"{Mlp} --steps 6 --out {run}", output, CancellationToken.None, devices).Expect(1);
        Assert.StartsWith("error: cuda-emulator: ", ended.Error);
        Assert.Contains($"The newest checkpoint is intact; go on with --resume {run}", ended.Error);
        Assert.Single(ended.Error.TrimEnd().Split('\n'));
        if (code == CudaResult.OutOfMemory)
        {
            Assert.Matches(@"asked for [0-9.]+ MiB while .* are free on the device", ended.Error);
            Assert.Contains("--batch-size", ended.Error);
        }
        else
        {
            Assert.Contains(devices.Driver!.Describe(code), ended.Error);
        }

        GanTrain.Run($"--resume {run} --steps 6", new StringWriter(), CancellationToken.None, new FailingDevices()).Expect(0);
        GanTrain.AssertSameRun(whole, run, 6);
    }

    [Fact]
    public void AFailureBeforeTheFirstStepLeavesNothing()
    {
        var devices = new FailingDevices();
        using var output = new FirstLine(() => devices.Driver!.Fail(nameof(ICudaDriver.Launch), CudaResult.LaunchFailed, n: 3, times: 1, sticky: true));
        Ended ended = GanTrain.Run($"{Mlp} --steps 2 --out {_temp.At("run")}", output, CancellationToken.None, devices).Expect(1);
        Assert.Contains("Nothing was written.", ended.Error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temp.Path));
    }

    [Fact]
    public void ARunThatDoesNotFitSaysWhatWould()
    {
        // 32 MiB are left to the driver.
        var devices = new FailingDevices(EmulatorProfile.Default with { MemoryBytes = 48 << 20 });
        string options = "--model dcgan --ngf 16 --ndf 16 --image-size 32 --synthetic-count 64 --device cuda --precision fp32 --steps 1";
        Ended ended = GanTrain.Run($"{options} --batch-size 64 --out {_temp.At("run")}", new StringWriter(), CancellationToken.None, devices).Expect(2);
        System.Text.RegularExpressions.Match match = System.Text.RegularExpressions.Regex.Match(ended.Error, @"the run needs (\d+) MiB of memory on cuda-emulator, (\d+) MiB are there; --batch-size (\d+) fits, 64 was asked for");
        Assert.True(match.Success, ended.Error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temp.Path));

        int fits = int.Parse(match.Groups[3].Value);
        Assert.InRange(fits, 1, 63);
        string dry = $"{options} --dry-run --batch-size";
        GanTrain.Run($"{dry} {fits + 1}", new StringWriter(), CancellationToken.None, devices).Expect(2);
        Assert.Contains("One step:", GanTrain.Run($"{dry} {Math.Min(fits, 4)}", new StringWriter(), CancellationToken.None, devices).Expect(0).Output);
    }

    [Fact]
    public void ImagesThatDoNotFitAreStreamedToTheSameBits()
    {
        (string resident, string streamed) = (_temp.At("resident"), _temp.At("streamed"));
        string options = "--model mlp --hidden 16 --nz 8 --synthetic-count 6000 --batch-size 1000 --steps 7 --device cuda --precision fp32";
        Ended all = GanTrain.Run($"{options} --out {resident}", new StringWriter(), CancellationToken.None, new FailingDevices()).Expect(0);
        Assert.DoesNotContain("each step's are sent to it", all.Output);
        long needed = (long)double.Parse(System.Text.RegularExpressions.Regex.Match(all.Output, @"Memory: ([0-9.]+) MiB").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        var small = new FailingDevices(EmulatorProfile.Default with { MemoryBytes = (32 + needed) << 20 });
        Ended some = GanTrain.Run($"{options} --out {streamed}", new StringWriter(), CancellationToken.None, small).Expect(0);
        Assert.Contains("all images do not fit it, so each step's are sent to it", some.Output);
        GanTrain.AssertSameRun(resident, streamed, 7);
        Assert.Equal(File.ReadAllBytes(Path.Combine(resident, "real_samples.png")), File.ReadAllBytes(Path.Combine(streamed, "real_samples.png")));
    }

    /// <summary>Does something when the first line is printed.</summary>
    private sealed class FirstLine(Action then) : StringWriter
    {
        private bool _done;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (!_done)
            {
                _done = true;
                then();
            }
        }
    }
}
