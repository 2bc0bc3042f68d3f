using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;

namespace Gan.Bench.Counts;

/// <summary>
/// The emulator's machine, running only some blocks of each launch and keeping what they did. Memory counts as written from the start (with zeros), because
/// blocks that do not run leave their results unwritten; so values mean nothing here, only counts do.
/// </summary>
/// <param name="inner">The machine.</param>
/// <param name="blocks">Blocks of a launch that run, spread over its grid.</param>
internal sealed class CountingMachine(PtxMachine inner, int blocks) : IKernelMachine
{
    private static readonly byte[] s_zeros = new byte[1 << 20];

    /// <summary>Launches since the list was last cleared.</summary>
    public List<LaunchCounters> Launches { get; } = [];

    public nint Allocate(long bytes)
    {
        nint address = inner.Allocate(bytes);
        for (long done = 0; done < bytes; done += s_zeros.Length)
        {
            inner.Write(address + (nint)done, s_zeros.AsSpan(0, (int)Math.Min(s_zeros.Length, bytes - done)));
        }
        return address;
    }

    public void Free(nint address) => inner.Free(address);

    public void Write(nint address, ReadOnlySpan<byte> source) => inner.Write(address, source);

    public void Read(nint address, Span<byte> destination) => inner.Read(address, destination);

    public void Copy(nint destination, nint source, long bytes) => inner.Copy(destination, source, bytes);

    public void Fill32(nint address, uint value, long count) => inner.Fill32(address, value, count);

    public void Restrict(nint block, long bytes)
    {
        // Calls are made again one by one, outside their plan and without the pool's marks.
    }

    public void MarkUnwritten(nint address, long bytes)
    {
    }

    public IReadOnlyDictionary<string, MachineKernel> Load(string ptx) => inner.Load(ptx);

    public void Run(MachineKernel kernel, Dim3 grid, Dim3 block, int dynamicShared, ReadOnlySpan<byte> parameters, MemoryUse[]? uses)
    {
        long count = grid.Count, step = Math.Max(1, count / blocks);
        (inner.Executor.IsCounting, inner.Executor.CarveOut) = (true, kernel.CarveOut);
        inner.Executor.Sample = n => n % step == step / 2 || count <= blocks;
        inner.Run(kernel, grid, block, dynamicShared, parameters, uses);
        Launches.Add(inner.Executor.Counters!);
    }
}
