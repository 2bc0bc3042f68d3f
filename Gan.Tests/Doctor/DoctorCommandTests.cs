using System.Text.Json;
using Gan.Kernels;
using Gan.Tests.EndToEnd;
using Gan.Train.Doctor;
using Gan.Train.Doctor.Naive;
using Gan.Train.Models;
using Gan.Train.Settings;
using Xunit;

namespace Gan.Tests.Doctor;

public sealed class DoctorCommandTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void TheCpuAgreesWithPlainLoops()
    {
        string file = _temp.At("doctor.json");
        Ended ended = GanTrain.Run($"doctor --device cpu --json {file}").Expect(0);
        Assert.Contains("Everything agrees: ", ended.Output);
        Assert.Contains("dcgan: 20 single training steps", ended.Output);
        Assert.Contains("mlp: 20 single training steps", ended.Output);

        JsonElement json = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
        Assert.Equal(("cpu", "fp32", true), (json.GetProperty("device").GetString(), json.GetProperty("precision").GetString(), json.GetProperty("ok").GetBoolean()));
        Assert.Equal(new KernelChecks(full: false).All.Count(), json.GetProperty("kernels").GetArrayLength());
        Assert.All(json.GetProperty("steps").EnumerateArray(), static s => Assert.True(s.GetProperty("repeats").GetBoolean()));
    }

    [Theory]
    [InlineData(nameof(IKernels.BatchNormBackward), true)]
    [InlineData(nameof(IKernels.Adam), false)]
    [InlineData(nameof(IKernels.RecordMetrics), false)]
    public void StepsFindAKernelThatDoesNothing(string kernel, bool dcgan)
    {
        GanOptions options = dcgan
            ? new() { Model = ModelKind.Dcgan, BatchSize = 4, Lr = 2e-4, Beta1 = 0.5, Beta2 = 0.999, Nz = 8, ImageSize = 32, Nc = 3, Ngf = 4, Ndf = 4 }
            : new() { Model = ModelKind.Mlp, BatchSize = 8, Lr = 1e-3, Beta1 = 0.9, Beta2 = 0.999, Nz = 8, ImageSize = 28, Hidden = 8 };
        using var loops = new NaiveDevice();
        using var right = new SabotagedDevice(null);
        Assert.True(new StepComparison(right, Precision.Fp32, loops).Run(options, 2).Ok);
        using var broken = new SabotagedDevice(kernel);
        Assert.False(new StepComparison(broken, Precision.Fp32, loops).Run(options, 2).Ok);
    }

    [Fact]
    public void AStepThatDoesNotRepeatIsFound()
    {
        int calls = 0;
        using var broken = new SabotagedDevice(nameof(IKernels.BceWithLogitsForward), (kernels, args) =>
        {
            kernels.GetType().GetMethod(nameof(IKernels.BceWithLogitsForward))!.Invoke(kernels, args);
            var loss = (DeviceSpan<float>)args[2]!;
            kernels.Scale(loss, 1 + ++calls * 1e-6f, loss, WriteMode.Write);
        });
        using var loops = new NaiveDevice();
        GanOptions options = new() { Model = ModelKind.Mlp, BatchSize = 8, Lr = 1e-3, Beta1 = 0.9, Beta2 = 0.999, Nz = 8, ImageSize = 28, Hidden = 8 };
        StepResult result = new StepComparison(broken, Precision.Fp32, loops).Run(options, 2);
        Assert.True(result.Error <= result.Allowed);
        Assert.False(result.Repeats);
        Assert.False(result.Ok);
    }

    [Theory]
    [InlineData("doctor --device gpu", "--device gpu: not known")]
    [InlineData("doctor --device cpu --precision tf32", "--precision tf32: the cpu computes in fp32")]
    [InlineData("doctor --device cuda:99", "--device cuda:99")]
    [InlineData("doctor --json no/such/folder/x.json", "there is no folder")]
    [InlineData("doctor --json .", "it is a folder")]
    [InlineData("devices --device cpu", "unknown option --device")]
    public void BadUsageIsExit2(string arguments, string expected) => Assert.Contains(expected, GanTrain.Run(arguments).Expect(2).Error);

    [Fact]
    public void DevicesAreListedWithReasons()
    {
        Ended table = GanTrain.Run("devices").Expect(0);
        Assert.Contains("cpu            usable: ", table.Output);
        Assert.Contains("cuda-emulator  usable: ", table.Output);
        JsonElement json = JsonDocument.Parse(GanTrain.Run("devices --json").Expect(0).Output).RootElement;
        JsonElement[] devices = [.. json.GetProperty("devices").EnumerateArray()];
        Assert.Equal(("cpu", true), (devices[0].GetProperty("name").GetString(), devices[0].GetProperty("usable").GetBoolean()));
        Assert.Equal(DeviceOptions.Emulator, devices[^1].GetProperty("name").GetString());
        // Either devices between them, or a reason why there are none.
        Assert.Equal(devices.Length == 2, json.GetProperty("no_cuda").ValueKind == JsonValueKind.String);
    }
}
