using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Gan.Kernels.Cuda.Launch;

namespace Gan.Tests.Cuda;

/// <summary>A CUDA device over a <see cref="FakeMachine"/>, and short names for its kernels.</summary>
internal sealed class CudaHost : IDisposable
{
    public CudaHost(EmulatorProfile? profile = null, Func<ICudaDriver, ICudaDriver>? wrap = null, Precision precision = Precision.Fp32)
    {
        Emulator = new EmulatorDriver(Machine, profile ?? new EmulatorProfile(MemoryBytes: 64 << 20));
        Driver = wrap?.Invoke(Emulator) ?? Emulator;
        Driver.Initialize();
        Device = new CudaDevice(Driver, 0, "cuda:0", precision, Ptx);
    }

    public FakeMachine Machine { get; } = new();

    public EmulatorDriver Emulator { get; }

    public ICudaDriver Driver { get; }

    public CudaDevice Device { get; }

    public static string? Ptx(string file) => file switch
    {
        "test.sm_70" or "test.sm_80" or "test.sm_90a" => FakeMachine.Ptx,
        "newer.sm_70" => ".version 7.0\n.target sm_90\nincrement",
        "broken.sm_70" => ".version 7.0\n.target sm_70\nbroken",
        _ => null,
    };

    public void Increment(DeviceSpan<float> x) => Launch("increment", new KernelParameters(stackalloc byte[KernelParameters.Capacity]).Add(x).Add((int)x.Length));

    public void Copy(DeviceSpan<float> x, DeviceSpan<float> y) =>
        Launch("copy", new KernelParameters(stackalloc byte[KernelParameters.Capacity]).In(x).Add(y).Add((int)x.Length));

    public void Fill(DeviceSpan<float> y, float value) =>
        Launch("fill", new KernelParameters(stackalloc byte[KernelParameters.Capacity]).Add(y).Add((int)y.Length).Add(value));

    public void Stray() => Launch("stray", []);

    private void Launch(string kernel, in KernelParameters parameters) => Device.Launches.Launch(new KernelId("test.sm_70", kernel), new Dim3(1), new Dim3(32), 0, parameters);

    public void Launch(string kernel, ReadOnlySpan<byte> parameters, string file = "test.sm_70", int dynamicShared = 0) =>
        Device.Launches.Launch(new KernelId(file, kernel), new Dim3(1), new Dim3(32), dynamicShared, parameters);

    public float[] Read(DeviceSpan<float> x)
    {
        float[] values = new float[x.Length];
        Device.CopyToHost(x, values.AsSpan());
        return values;
    }

    public void Dispose()
    {
        Device.Dispose();
        Emulator.Dispose();
    }
}
