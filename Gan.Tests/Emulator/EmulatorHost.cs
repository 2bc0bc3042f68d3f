using System.Globalization;
using System.Runtime.InteropServices;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;

namespace Gan.Tests.Emulator;

/// <summary>Memory and an executor for one test, and short ways to write kernels and pass arrays.</summary>
internal sealed class EmulatorHost(int threads = 1)
{
    public DeviceMemory Memory { get; } = new();

    public KernelExecutor Executor => field ??= new KernelExecutor(Memory, threads);

    /// <summary>A module with one kernel "k": pointers p0..p{pointers-1} in %rd0.. (already global), %tid.x in %r0.</summary>
    public static string Kernel(string body, int pointers = 1, string module = "", string target = "sm_80")
    {
        string parameters = string.Join(", ", Enumerable.Range(0, pointers).Select(i => $".param .u64 p{i}"));
        string loads = string.Concat(Enumerable.Range(0, pointers).Select(i => $"ld.param.u64 %rd{i}, [p{i}];\n"));
        return $$"""
            .version 7.8
            .target {{target}}
            .address_size 64
            {{module}}
            .visible .entry k({{parameters}})
            {
            .reg .pred %p<16>;
            .reg .b16 %rs<16>;
            .reg .b32 %r<64>;
            .reg .f32 %f<32>;
            .reg .b64 %rd<32>;
            .reg .f64 %fd<16>;
            {{loads}}
            mov.u32 %r0, %tid.x;
            {{body}}
            }
            """;
    }

    public nint Upload<T>(params ReadOnlySpan<T> values) where T : unmanaged
    {
        nint address = Memory.Allocate(Math.Max(1, MemoryMarshal.AsBytes(values).Length));
        Memory.Write(address, MemoryMarshal.AsBytes(values));
        return address;
    }

    public T[] Download<T>(nint address, int count) where T : unmanaged
    {
        var values = new T[count];
        Memory.Read(address, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    public void Run(string ptx, Dim3 grid, Dim3 block, params nint[] pointers) => Run(ptx, grid, block, 0, pointers);

    public void Run(string ptx, Dim3 grid, Dim3 block, int dynamicShared, nint[] pointers) =>
        Executor.Run(PtxModule.Parse(ptx).Functions["k"], grid, block, dynamicShared, MemoryMarshal.AsBytes(pointers.AsSpan()));

    /// <summary>Line of the first text that contains a part, from 1.</summary>
    public static int LineOf(string ptx, string part) => ptx.Split('\n').TakeWhile(l => !l.Contains(part, StringComparison.Ordinal)).Count() + 1;

    public static string Hex(ulong value) => value.ToString("X16", CultureInfo.InvariantCulture);
}
