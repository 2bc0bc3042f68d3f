using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>What is told of the machine's GPUs, and of their absence.</summary>
public class CudaSurveyTests
{
    [Fact]
    public void ListsEveryDevice()
    {
        using EmulatorDriver driver = new(new FakeMachine(), new EmulatorProfile(90, 8L << 30, 132, Devices: 2));
        CudaSurvey survey = CudaSurvey.Take(driver);
        Assert.Equal((null, "12.4", 2), (survey.Reason, survey.DriverVersion, survey.Devices.Count));
        Assert.Equal(new CudaDeviceInfo(1, "Gan PTX emulator", 90, 8L << 30, 132, null), survey.Devices[1]);
        Assert.Equal(("9.0", true, 0), (survey.Devices[1].Capability, survey.Devices[1].Usable, survey.Best!.Ordinal));
    }

    [Fact]
    public void ADeviceThatIsTooOldIsListedWithTheReason()
    {
        using EmulatorDriver driver = new(new FakeMachine(), new EmulatorProfile(61));
        CudaSurvey survey = CudaSurvey.Take(driver);
        Assert.Equal("compute capability 6.1; the kernels need 7.0 or newer", Assert.Single(survey.Devices).Reason);
        Assert.Null(survey.Best);
        CudaException e = Assert.Throws<CudaException>(() => CudaDevice.Open(driver, 0, Precision.Fp32));
        Assert.Equal("cuda:0: compute capability 6.1; the kernels need 7.0 or newer.", e.Message);
    }

    [Theory]
    [InlineData("Initialize", 100, "CUDA: cuInit failed with CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected. No NVIDIA GPU is visible")]
    [InlineData("Initialize", 803, "CUDA: cuInit failed with CUDA_ERROR_SYSTEM_DRIVER_MISMATCH")]
    [InlineData("DeviceCount", 999, "CUDA: cuDeviceGetCount failed with CUDA error 999")]
    public void ADriverThatRefusesGivesTheReason(string method, int code, string expected)
    {
        using EmulatorDriver emulator = new(new FakeMachine());
        FaultyDriver driver = new(emulator);
        driver.Fail(method, (CudaResult)code);
        CudaSurvey survey = CudaSurvey.Take(driver);
        Assert.StartsWith(expected, survey.Reason);
        Assert.Empty(survey.Devices);
        driver.Fail(method, (CudaResult)code);
        Assert.Contains(expected, Assert.Throws<CudaException>(() => CudaDevice.Open(driver, 0, Precision.Fp32)).Message);
    }

    [Fact]
    public void NoDeviceAtAllIsAReason()
    {
        using EmulatorDriver driver = new(new FakeMachine(), new EmulatorProfile(Devices: 0));
        Assert.Equal("the NVIDIA driver lists no GPU", CudaSurvey.Take(driver).Reason);
    }

    [Fact]
    public void ADeviceThatWillNotAnswerIsListedWithTheReason()
    {
        using EmulatorDriver emulator = new(new FakeMachine(), new EmulatorProfile(Devices: 2));
        FaultyDriver driver = new(emulator);
        driver.Fail("DeviceGet", CudaResult.InvalidDevice);
        CudaSurvey survey = CudaSurvey.Take(driver);
        Assert.Equal((false, true), (survey.Devices[0].Usable, survey.Devices[1].Usable));
        Assert.Equal(1, survey.Best!.Ordinal);
    }

    [Fact]
    public void AnOrdinalThatDoesNotExistIsNamed()
    {
        using EmulatorDriver driver = new(new FakeMachine());
        Assert.Equal("cuda:3: there is no such GPU; the driver lists 1.",
            Assert.Throws<CudaException>(() => CudaDevice.Open(driver, 3, Precision.Fp32)).Message);
    }

    [Fact]
    public void ThisMachineGivesDevicesOrAReason()
    {
        CudaSurvey survey = CudaSurvey.Take();
        Assert.True(survey.Reason is null ? survey.Devices.Count > 0 : survey.Devices.Count == 0 && survey.Reason.Length > 10);
    }
}
