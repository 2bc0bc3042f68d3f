using Gan.Bench.Cases;
using Gan.Kernels;

namespace Gan.Bench.Roofline;

/// <summary>
/// The bandwidth that memory-bound rows are held against: copying 64 MiB to 64 MiB, the tensor size of those rows, bytes read + bytes written. Two ways
/// are measured, the device's own Copy kernel and one plain memory copy a thread, and the fastest sample
/// of either counts: a slow Copy can't flatter the rest, and whatever else runs on the machine can't either.
/// </summary>
internal sealed class CopyBandwidth(Device device, int threads) : IDisposable
{
    private const int Elements = KernelCases.LargeElements;
    private readonly Workspace _workspace = new(device);
    private DeviceSpan<float> _from, _to;

    /// <summary>GB/s (1e9 bytes): the fastest sample.</summary>
    public double Measure(TimeBudget budget)
    {
        if (_from.IsEmpty)
        {
            (_from, _to) = (_workspace.Signed(Elements), _workspace.Output(Elements));
        }
        double kernel = Timing.Best(() =>
        {
            device.Kernels.Copy(_from, _to);
            device.Synchronize();
        }, budget);
        double seconds = Math.Min(kernel, Timing.Best(CopyOnThreads, budget));
        return 2.0 * Elements * sizeof(float) / seconds / 1e9;
    }

    public void Dispose() => _workspace.Dispose();

    private unsafe void CopyOnThreads()
    {
        (nint from, nint to) = (_from.Address, _to.Address);
        long part = Elements * (long)sizeof(float) / threads;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
            Buffer.MemoryCopy((byte*)from + i * part, (byte*)to + i * part, part, part));
    }
}
