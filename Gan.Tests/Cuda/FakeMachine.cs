using System.Runtime.InteropServices;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;

namespace Gan.Tests.Cuda;

/// <summary>
/// A machine with C# functions for kernels, so that drivers and devices are tested without PTX. "Files" are lists of names: "test.sm_70" holds
/// "increment", "copy", "fill", "stray", "big". It checks bounds and unwritten reads as the real one does, and notes what ran.
/// </summary>
internal sealed unsafe class FakeMachine : IKernelMachine
{
    public const string Ptx = ".version 7.0\n.target sm_70\nincrement copy fill stray big\n.entry all() {}";

    /// <summary>What makes a file's kernels wait for those before them, as <see cref="Kernels.Cuda.Launch.PtxDependentLaunch"/> does.</summary>
    public const string Waiting = "griddepcontrol.wait";

    private readonly SortedDictionary<nint, Block> _blocks = [];
    private nint _next = 0x10_0000;

    /// <summary>Kernels run so far, in order.</summary>
    public List<string> Ran { get; } = [];

    public int Blocks => _blocks.Count;

    public nint Allocate(long bytes)
    {
        nint address = _next;
        _next += (nint)((bytes + 1023) / 256 * 256);
        _blocks[address] = new Block(new byte[bytes], new bool[bytes]) { Usable = bytes };
        return address;
    }

    public void Free(nint address) => _blocks.Remove(address);

    public void Write(nint address, ReadOnlySpan<byte> source)
    {
        (Block block, int offset) = Find(address, source.Length);
        source.CopyTo(block.Bytes.AsSpan(offset));
        block.Written.AsSpan(offset, source.Length).Fill(true);
    }

    public void Read(nint address, Span<byte> destination)
    {
        (Block block, int offset) = Find(address, destination.Length);
        if (block.Written.AsSpan(offset, destination.Length).Contains(false))
        {
            throw new MachineFaultException(CudaResult.LaunchFailed, $"read of unwritten memory at {address:x}");
        }
        block.Bytes.AsSpan(offset, destination.Length).CopyTo(destination);
    }

    public void Copy(nint destination, nint source, long bytes)
    {
        byte[] buffer = new byte[bytes];
        Read(source, buffer);
        Write(destination, buffer);
    }

    public void Fill32(nint address, uint value, long count)
    {
        uint[] words = new uint[count];
        Array.Fill(words, value);
        Write(address, MemoryMarshal.AsBytes<uint>(words));
    }

    public void Restrict(nint block, long bytes) => _blocks[block].Usable = bytes;

    public void MarkUnwritten(nint address, long bytes)
    {
        (Block block, int offset) = Find(address, bytes);
        block.Written.AsSpan(offset, (int)bytes).Clear();
    }

    public IReadOnlyDictionary<string, MachineKernel> Load(string ptx)
    {
        bool waits = ptx.Contains(Waiting, StringComparison.Ordinal);
        return ptx.Contains("broken", StringComparison.Ordinal)
            ? throw new MachineFaultException(CudaResult.InvalidPtx, "line 3: unknown instruction 'broken'")
            : Kernels().ToDictionary(static k => k.Key, k => k.Value with { WaitsForGrids = waits });
    }

    private static Dictionary<string, MachineKernel> Kernels() => new()
        {
            ["increment"] = Kernel("increment", 12, 0, static (machine, arguments) =>
            {
                // (long x, int n): x[i] += 1
                (nint x, int n) = ((nint)MemoryMarshal.Read<long>(arguments), MemoryMarshal.Read<int>(arguments.AsSpan(8)));
                machine.Change(x, n, static v => v + 1);
            }),
            ["copy"] = Kernel("copy", 20, 0, static (machine, arguments) =>
            {
                // (long x, long y, int n): y = x
                machine.Copy((nint)MemoryMarshal.Read<long>(arguments.AsSpan(8)), (nint)MemoryMarshal.Read<long>(arguments),
                    4L * MemoryMarshal.Read<int>(arguments.AsSpan(16)));
            }),
            ["fill"] = Kernel("fill", 16, 0, static (machine, arguments) =>
            {
                // (long y, int n, float value): y = value
                machine.Fill32((nint)MemoryMarshal.Read<long>(arguments), MemoryMarshal.Read<uint>(arguments.AsSpan(12)), MemoryMarshal.Read<int>(arguments.AsSpan(8)));
            }),
            ["stray"] = Kernel("stray", 0, 0, static (_, _) => throw new MachineFaultException(CudaResult.IllegalAddress,
                "kernel stray, line 7, block (0, 0, 0), thread (1, 0, 0): store of 4 bytes at 0x0 is outside every block")),
            ["plain"] = Kernel("plain", 0, 0, static (_, _) => { }),
            ["big"] = Kernel("big", 0, 10 * 1024, static (_, _) => { }),
        };

    public void Run(MachineKernel kernel, Dim3 grid, Dim3 block, int dynamicShared, ReadOnlySpan<byte> parameters, MemoryUse[]? uses)
    {
        Ran.Add(kernel.Name);
        ((Action<FakeMachine, byte[]>)kernel.Body)(this, parameters.ToArray());
    }

    private void Change(nint address, int n, Func<float, float> f)
    {
        float[] values = new float[n];
        Read(address, MemoryMarshal.AsBytes(values.AsSpan()));
        Write(address, MemoryMarshal.AsBytes<float>(Array.ConvertAll(values, v => f(v))));
    }

    private static MachineKernel Kernel(string name, int parameters, int shared, Action<FakeMachine, byte[]> body) =>
        new(name, parameters, shared, 16, 0, 1024, body);

    private (Block Block, int Offset) Find(nint address, long bytes)
    {
        foreach ((nint start, Block block) in _blocks)
        {
            if (address >= start && address + bytes <= start + block.Usable)
            {
                return (block, (int)(address - start));
            }
        }
        throw new MachineFaultException(CudaResult.IllegalAddress, $"{bytes} bytes at 0x{address:x} are outside every block");
    }

    private sealed record Block(byte[] Bytes, bool[] Written)
    {
        public long Usable { get; set; }
    }
}
