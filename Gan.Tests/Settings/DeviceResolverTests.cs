using Gan.Kernels;
using Gan.Train.Settings;
using Gan.Train.Training;
using Xunit;
using static Gan.Tests.Settings.TrainSettingsTests;

namespace Gan.Tests.Settings;

/// <summary>What --device, --ngpu and --precision come to on machines with and without NVIDIA devices.</summary>
public class DeviceResolverTests
{
    private const string NoDriver = "no NVIDIA driver (libcuda.so.1 was not found)";
    private static readonly DeviceEntry s_volta = new("cuda:0", "a V100", null) { ComputeCapability = 70 };
    private static readonly DeviceEntry s_ampere = new("cuda:1", "an A100", null) { ComputeCapability = 80 };
    private static readonly DeviceEntry s_kepler = new("cuda:2", "a K80", "compute capability 3.7 is below 7.0") { ComputeCapability = 37 };

    [Theory]
    [InlineData("", "cpu (auto: no NVIDIA driver (libcuda.so.1 was not found))", Precision.Fp32)]
    [InlineData("--device cpu", "cpu (as asked)", Precision.Fp32)]
    [InlineData("--device cpu --precision fp32", "cpu (as asked)", Precision.Fp32)]
    [InlineData("--ngpu 0", "cpu (--ngpu 0)", Precision.Fp32)]
    [InlineData("--device cuda-emulator", "cuda-emulator (as asked)", Precision.Tf32)]
    [InlineData("--device cuda-emulator --precision bf16", "cuda-emulator (as asked)", Precision.Bf16)]
    public void WithoutNvidiaDevices(string options, string device, Precision precision)
    {
        TrainSettings settings = Resolved(options, [], out string? note);
        Assert.Equal((device, precision, null), (settings.Device.ToString(), settings.Precision, note));
    }

    [Theory]
    [InlineData("", "cuda:1 (auto: a usable NVIDIA device)", Precision.Tf32)]
    [InlineData("--precision fp32", "cuda:1 (auto: a usable NVIDIA device)", Precision.Fp32)]
    [InlineData("--device cuda:1", "cuda:1 (as asked)", Precision.Tf32)]
    [InlineData("--ngpu 1 --device cuda:1", "cuda:1 (as asked)", Precision.Tf32)]
    [InlineData("--device cpu", "cpu (as asked)", Precision.Fp32)]
    public void WithAnAmpereCardBehindAnUnusableOne(string options, string device, Precision precision)
    {
        TrainSettings settings = Resolved(options, [s_kepler, s_ampere], out _);
        Assert.Equal((device, precision), (settings.Device.ToString(), settings.Precision));
    }

    [Fact]
    public void OldCardsComputeInFp32AndSaySo()
    {
        TrainSettings settings = Resolved("--ngpu 1", [s_volta], out string? note);
        Assert.Equal(("cuda:0 (--ngpu 1)", Precision.Fp32), (settings.Device.ToString(), settings.Precision!.Value));
        Assert.Equal("Precision fp32: cuda:0 has compute capability 7.0, tf32 and bf16 need 8.0.", note);
        Assert.Null(Note("--device cuda --precision fp32", s_volta));
    }

    [Theory]
    [InlineData("--device cuda", "--device cuda: no NVIDIA driver (libcuda.so.1 was not found); use --device cpu, or leave it out.")]
    [InlineData("--device cuda:3", "--device cuda:3: no NVIDIA driver")]
    [InlineData("--ngpu 1", "--ngpu 1 (--device cuda): no NVIDIA driver")]
    [InlineData("--precision tf32", "--precision tf32: the cpu computes in fp32, and the device is cpu (auto: no NVIDIA driver")]
    [InlineData("--device cpu --precision bf16", "--precision bf16: the cpu computes in fp32")]
    public void WhatAMachineWithoutADriverCantDo(string options, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<UsageException>(() => Resolved(options, [], out _)).Message);

    [Theory]
    [InlineData("--device cuda:7", "--device cuda:7: there is no such device; this machine has cuda:0, cuda:2")]
    [InlineData("--device cuda:2", "--device cuda:2: compute capability 3.7 is below 7.0")]
    [InlineData("--device cuda --precision tf32", "--precision tf32: cuda:0 has compute capability 7.0, tf32 and bf16 need 8.0; use --precision fp32")]
    public void WhatACardCantDo(string options, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<UsageException>(() => Resolved(options, [s_volta, s_kepler], out _)).Message);

    [Fact]
    public void AutoNamesTheReasonOfACardThatCantBeUsed() =>
        Assert.Equal("cpu (auto: cuda:2: compute capability 3.7 is below 7.0)", Resolved("", [s_kepler], out _).Device.ToString());

    [Fact]
    public void AStoredPrecisionGivesWayToTheDevice()
    {
        RunConfig stored = RunConfig.Parse(RunConfigTests.Config(Resolve("--model", "dcgan", "--device", "cuda:1", "--precision", "tf32")).ToJson());
        TrainSettings moved = ResumeSettings.Merge(stored, Given("--resume", "run", "--device", "cpu")).ResolveDevice(new Catalogue([]), out string? note);
        Assert.Equal((Precision.Fp32, "Precision fp32 instead of tf32: the cpu computes in fp32."), (moved.Precision!.Value, note));

        TrainSettings kept = ResumeSettings.Merge(stored, Given("--resume", "run")).ResolveDevice(new Catalogue([s_volta, s_ampere]), out _);
        Assert.Equal(("cuda:1 (as the run to resume)", Precision.Tf32), (kept.Device.ToString(), kept.Precision!.Value));
        UsageException gone = Assert.Throws<UsageException>(() => ResumeSettings.Merge(stored, Given("--resume", "run")).ResolveDevice(new Catalogue([]), out _));
        Assert.StartsWith("--device cuda:1: no NVIDIA driver", gone.Message);
    }

    private static string? Note(string options, params DeviceEntry[] cards)
    {
        Resolved(options, cards, out string? note);
        return note;
    }

    private static TrainSettings Resolved(string options, DeviceEntry[] cards, out string? note) =>
        Resolve([.. $"--model dcgan {options}".Split(' ', StringSplitOptions.RemoveEmptyEntries)]).ResolveDevice(new Catalogue(cards), out note);

    private sealed class Catalogue(DeviceEntry[] cards) : IDeviceCatalogue
    {
        public DeviceEntry Emulator { get; } = new("cuda-emulator", "an emulator", null) { ComputeCapability = 80 };

        public IReadOnlyList<DeviceEntry> Cuda(out string missing)
        {
            missing = NoDriver;
            return cards;
        }

        public Device Open(string name, Precision precision) => throw new InvalidOperationException("nothing is opened here");
    }
}
