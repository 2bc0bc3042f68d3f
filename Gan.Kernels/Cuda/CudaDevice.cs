using System.Globalization;
using System.Runtime.InteropServices;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Launch;

namespace Gan.Kernels.Cuda;

/// <summary>
/// An NVIDIA GPU through its driver ("cuda:0"), or the emulator in its place ("cuda-emulator"): primary context, one stream for all kernels, memory from the
/// driver behind the caching pool, copies through page-locked buffers, captured steps as CUDA graphs. Serves one thread at a time, any thread.
/// </summary>
public sealed partial class CudaDevice : Device
{
    /// <summary>Environment variable: 1 waits after every eager launch, so that a kernel's fault is reported with its own name. Slow; for finding bugs.</summary>
    public const string SyncVariable = "GAN_CUDA_SYNC";

    /// <summary>
    /// Environment variable: 1 lets products run by warpgroups (wgmma) on GPUs of compute capability 9.0. Off by default until it has been measured on one.
    /// </summary>
    public const string WarpgroupVariable = "GAN_CUDA_WGMMA";

    /// <summary>
    /// Environment variable: 1 makes graphs with branches of captured steps, in which launches that do not depend on each other may run at the same time. Off by default until it
    /// has been measured on a GPU.
    /// </summary>
    public const string BranchVariable = "GAN_CUDA_BRANCHES";

    /// <summary>
    /// Environment variable: 1 lets the launches of a captured step be brought onto the card while those before them still work (programmatic dependent launch), on GPUs of compute
    /// capability 9.0 and newer with a driver for CUDA 12.3 or newer. Off by default until it has been measured on one.
    /// </summary>
    public const string DependentLaunchVariable = "GAN_CUDA_PDL";

    /// <summary>The oldest architecture that the kernels are compiled for: Volta.</summary>
    internal const int OldestCapability = 70;

    private readonly CudaSession _session;
    private readonly ModuleCache _modules;
    private readonly LaunchContext _launches;
    private readonly StagingRing _staging;
    private readonly CudaKernels _kernels;
    private readonly IDisposable? _owned;

    /// <summary>Opens a device of a driver that <see cref="ICudaDriver.Initialize"/> has been called on.</summary>
    /// <param name="driver">The driver.</param>
    /// <param name="ordinal">Its number of the device.</param>
    /// <param name="name">The device's name, as on the command line.</param>
    /// <param name="precision">How products multiply.</param>
    /// <param name="readPtx">Where PTX files come from; those in the assembly if null.</param>
    /// <param name="owned">What goes with the device, e.g. a driver of its own.</param>
    /// <param name="driverText">The driver, for people; its CUDA version if null.</param>
    /// <exception cref="CudaException">The driver refused, or the device can't do what was asked.</exception>
    internal CudaDevice(ICudaDriver driver, int ordinal, string name, Precision precision, Func<string, string?>? readPtx = null, IDisposable? owned = null,
        string? driverText = null)
    {
        _session = new CudaSession(driver, ordinal, name);
        try
        {
            int capability = 10 * _session.Attribute(CudaAttribute.ComputeCapabilityMajor) + _session.Attribute(CudaAttribute.ComputeCapabilityMinor);
            Require(name, capability, precision);
            (ComputeCapability, _marks, _owned) = (capability, driver.Marks, owned);
            Multiprocessors = _session.Attribute(CudaAttribute.MultiprocessorCount);
            _modules = new ModuleCache(_session, capability, readPtx ?? PtxResources.Read) { DependentLaunch = Environment.GetEnvironmentVariable(DependentLaunchVariable) == "1" };
            _launches = new LaunchContext(this, _session, _modules, capability, Multiprocessors, _session.Attribute(CudaAttribute.MaxSharedMemoryPerBlockOptIn), precision);
            _staging = new StagingRing(_session);
            _kernels = new CudaKernels(_launches);
            Description = Describe(driverText);
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Name => _session.Name;

    /// <inheritdoc/>
    public override string Description { get; }

    /// <summary>How matrix products and convolutions multiply on this device.</summary>
    public Precision Precision => _launches.Precision;

    /// <summary>10 * major + minor, e.g. 90.</summary>
    public int ComputeCapability { get; }

    /// <summary>Streaming multiprocessors.</summary>
    public int Multiprocessors { get; }

    /// <inheritdoc/>
    protected override IKernels NativeKernels => _kernels;

    /// <summary>Whether a forecast lets kernels load on threads beside; off where a test counts the driver's calls.</summary>
    internal bool LoadsAhead { get; init; } = true;

    /// <summary>The launch context, for kernels that are tested one by one.</summary>
    internal LaunchContext Launches => _launches;

    /// <summary>The opened device as its parts share it.</summary>
    internal CudaSession Session => _session;

    /// <summary>Waits until all queued work is done; an error of a kernel queued before shows here at the latest.</summary>
    /// <exception cref="CudaException">A kernel failed.</exception>
    public override void Synchronize() => _session.Synchronize();

    /// <inheritdoc/>
    internal override void Settle() => _session.TrySettle();

    /// <inheritdoc/>
    protected override void Upload<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination)
    {
        for (int done = 0, step = Step<T>(); done < source.Length; done += step)
        {
            ReadOnlySpan<T> part = source.Slice(done, Math.Min(step, source.Length - done));
            _staging.Upload(MemoryMarshal.AsBytes(part), destination.Slice(done, part.Length).Address);
        }
    }

    /// <inheritdoc/>
    protected override void Download<T>(DeviceSpan<T> source, Span<T> destination)
    {
        for (int done = 0, step = Step<T>(); done < destination.Length; done += step)
        {
            Span<T> part = destination.Slice(done, Math.Min(step, destination.Length - done));
            _staging.Download(source.Slice(done, part.Length).Address, MemoryMarshal.AsBytes(part));
        }
    }

    /// <summary>Elements in a gibibyte: a span of bytes holds 2 GiB at most, a span of wider elements more.</summary>
    private static int Step<T>() => (1 << 30) / System.Runtime.CompilerServices.Unsafe.SizeOf<T>();

    /// <summary>Refuses a device that can't run the kernels, or not in this precision.</summary>
    private static void Require(string name, int capability, Precision precision)
    {
        if (capability < OldestCapability)
        {
            throw new CudaException($"{name}: compute capability {ModuleCache.Version(capability)}; the kernels need {ModuleCache.Version(OldestCapability)} (Volta) or newer. Use --device cpu.");
        }
        if (precision != Precision.Fp32 && capability < 80)
        {
            throw new CudaException($"{name}: {precision.ToString().ToLowerInvariant()} needs tensor cores of compute capability 8.0; this device has "
                + $"{ModuleCache.Version(capability)}. Use --precision fp32.");
        }
    }

    private string Describe(string? driverText)
    {
        long total = FreeMemory()?.Total ?? 0;
        _session.Check(_session.Driver.DriverVersion(out int version));
        driverText ??= $"driver for CUDA {CudaSurvey.VersionText(version)}";
        return string.Create(CultureInfo.InvariantCulture, $"{_session.ModelName()}, compute capability {ModuleCache.Version(ComputeCapability)}, "
            + $"{Multiprocessors} multiprocessors, {total / (double)(1 << 30):0.#} GiB, {driverText}");
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            // Nothing below throws: a device is disposed of after failures too, and must not hide them.
            _session.TrySettle();
            base.Dispose(disposing);
            _disposed = true;
            _staging.Dispose();
            FreeAll();
            _modules.Dispose();
            _session.Dispose();
            _owned?.Dispose();
        }
    }
}
