using System.Globalization;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Launch;

namespace Gan.Kernels.Cuda;

/// <summary>One GPU as the driver lists it.</summary>
/// <param name="Ordinal">Its number: N of "cuda:N".</param>
/// <param name="Model">Its name, e.g. "NVIDIA H200".</param>
/// <param name="ComputeCapability">10 * major + minor; 0 when the driver would not tell.</param>
/// <param name="MemoryBytes">All of its memory; 0 when the driver would not tell.</param>
/// <param name="Multiprocessors">Streaming multiprocessors; 0 when the driver would not tell.</param>
/// <param name="Reason">Why it can't be used; null when it can.</param>
public sealed record CudaDeviceInfo(int Ordinal, string Model, int ComputeCapability, long MemoryBytes, int Multiprocessors, string? Reason)
{
    /// <summary>Whether <see cref="CudaDevice.Open(int, Precision)"/> can be expected to open it.</summary>
    public bool Usable => Reason is null;

    /// <summary>The compute capability as people write it, e.g. "9.0".</summary>
    public string Capability => ModuleCache.Version(ComputeCapability);
}

/// <summary>What CUDA offers on this machine, or why it offers nothing.</summary>
/// <param name="Reason">Why CUDA is of no use here at all (no driver, no device ...); null when the driver answers and lists a device.</param>
/// <param name="DriverVersion">The CUDA version that the driver supports, e.g. "12.4"; null without a driver.</param>
/// <param name="Devices">The GPUs.</param>
public sealed record CudaSurvey(string? Reason, string? DriverVersion, IReadOnlyList<CudaDeviceInfo> Devices)
{
    private const int ComputeModeProhibited = 2; // CUcomputemode

    /// <summary>The first usable device, or null.</summary>
    public CudaDeviceInfo? Best => Devices.FirstOrDefault(static d => d.Usable);

    /// <summary>Asks the NVIDIA driver. Opens no device, takes no memory, never throws.</summary>
    public static CudaSurvey Take() => NativeDriver.TryLoad(out string? reason) is NativeDriver driver ? Take(driver) : new CudaSurvey(reason, null, []);

    internal static CudaSurvey Take(ICudaDriver driver)
    {
        CudaResult result = driver.Initialize();
        if (result != CudaResult.Success)
        {
            return new CudaSurvey(CudaFailure.Describe(driver, "CUDA", result, "cuInit", null).Message, null, []);
        }
        string? version = driver.DriverVersion(out int number) == CudaResult.Success ? VersionText(number) : null;
        result = driver.DeviceCount(out int count);
        if (result != CudaResult.Success)
        {
            return new CudaSurvey(CudaFailure.Describe(driver, "CUDA", result, "cuDeviceGetCount", null).Message, version, []);
        }
        return count == 0
            ? new CudaSurvey("the NVIDIA driver lists no GPU", version, [])
            : new CudaSurvey(null, version, [.. Enumerable.Range(0, count).Select(ordinal => Ask(driver, ordinal))]);
    }

    /// <summary>1000 * major + 10 * minor as people write it.</summary>
    internal static string VersionText(int version) => string.Create(CultureInfo.InvariantCulture, $"{version / 1000}.{version % 1000 / 10}");

    private static CudaDeviceInfo Ask(ICudaDriver driver, int ordinal)
    {
        CudaResult result = driver.DeviceGet(ordinal, out int device);
        if (result != CudaResult.Success)
        {
            return new CudaDeviceInfo(ordinal, "unknown", 0, 0, 0, CudaFailure.Describe(driver, $"cuda:{ordinal}", result, "cuDeviceGet", null).Message);
        }
        string model = driver.DeviceName(device, out string name) == CudaResult.Success ? name : "unknown";
        long memory = driver.DeviceTotalMemory(device, out long bytes) == CudaResult.Success ? bytes : 0;
        int capability = 10 * Attribute(CudaAttribute.ComputeCapabilityMajor) + Attribute(CudaAttribute.ComputeCapabilityMinor);
        string? reason = capability < CudaDevice.OldestCapability
            ? $"compute capability {ModuleCache.Version(capability)}; the kernels need {ModuleCache.Version(CudaDevice.OldestCapability)} or newer"
            : Attribute(CudaAttribute.ComputeMode) == ComputeModeProhibited
                ? "its compute mode is Prohibited (nvidia-smi -c 0 changes it)"
                : null;
        return new CudaDeviceInfo(ordinal, model, capability, memory, Attribute(CudaAttribute.MultiprocessorCount), reason);

        int Attribute(CudaAttribute attribute) => driver.DeviceAttribute(device, attribute, out int value) == CudaResult.Success ? value : 0;
    }
}
