using Gan.Kernels;
using Gan.Kernels.Cpu;

namespace Gan.Tests.Ops;

/// <summary>The device under test. A fresh one a test, because test classes run side by side and a device serves one thread.</summary>
internal static class TestDevice
{
    public static Device Open(int threads = 1) => new CpuDevice(threads);
}
