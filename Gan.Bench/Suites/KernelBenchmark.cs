using BenchmarkDotNet.Attributes;
using Gan.Bench.Cases;
using Gan.Kernels;
using Gan.Kernels.Cpu;

namespace Gan.Bench.Suites;

/// <summary>
/// A family of kernels: its cases by title, each with its own buffers on a device of its own. Public, as are the families, because the classes that
/// BenchmarkDotNet generates derive from them.
/// </summary>
/// <param name="family">Key of the family in the case tables.</param>
public abstract class KernelBenchmark(string family) : IDisposable
{
    private CpuDevice? _device;
    private Workspace? _workspace;
    private Action<IKernels>? _call;

    /// <summary>Titles of the family's cases.</summary>
    public IEnumerable<string> Cases => KernelCases.Families[family].Select(static c => c.Title);

    /// <summary>The case that is measured.</summary>
    [ParamsSource(nameof(Cases))]
    public string Case { get; set; } = "";

    /// <summary>Opens the device and fills the buffers; GAN_VECTOR counts here too.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _device = new CpuDevice();
        _workspace = new Workspace(_device);
        _call = KernelCases.Find(Case).Prepare(_workspace);
    }

    /// <summary>One call.</summary>
    [Benchmark]
    public void Run()
    {
        _call!(_device!.Kernels);
        _device.Synchronize();
    }

    /// <summary>Frees everything.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _workspace?.Dispose();
        _device?.Dispose();
        GC.SuppressFinalize(this);
    }
}
