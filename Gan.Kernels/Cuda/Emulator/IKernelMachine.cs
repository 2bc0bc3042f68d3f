using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// What <see cref="EmulatorDriver"/> needs of the machine that holds memory and executes kernels. Everything happens at once, in the order of the calls:
/// queues, streams and graphs are the driver's business. Errors are <see cref="MachineFaultException"/>. Addresses are the machine's own, not host pointers.
/// </summary>
internal interface IKernelMachine
{
    /// <summary>Takes memory, 256-byte aligned, unwritten.</summary>
    nint Allocate(long bytes);

    /// <summary>Gives memory back.</summary>
    void Free(nint address);

    /// <summary>Copies from the host and marks the bytes written.</summary>
    void Write(nint address, ReadOnlySpan<byte> source);

    /// <summary>Copies to the host; the bytes must have been written.</summary>
    void Read(nint address, Span<byte> destination);

    /// <summary>Copies within the machine, with the marks.</summary>
    void Copy(nint destination, nint source, long bytes);

    /// <summary>Sets <paramref name="count"/> words.</summary>
    void Fill32(nint address, uint value, long count);

    /// <summary>From now on only the first <paramref name="bytes"/> of the block that starts at <paramref name="block"/> may be used.</summary>
    void Restrict(nint block, long bytes);

    /// <summary>From now on reading these bytes is an error until they are written.</summary>
    void MarkUnwritten(nint address, long bytes);

    /// <summary>Compiles PTX. An error is a <see cref="MachineFaultException"/> with <see cref="CudaResult.InvalidPtx"/> and the line.</summary>
    IReadOnlyDictionary<string, MachineKernel> Load(string ptx);

    /// <summary>Executes a kernel to its end. Where <paramref name="uses"/> are given, using other memory is an error.</summary>
    void Run(MachineKernel kernel, Dim3 grid, Dim3 block, int dynamicShared, ReadOnlySpan<byte> parameters, MemoryUse[]? uses);
}

/// <summary>A compiled kernel.</summary>
/// <param name="Name">Entry name.</param>
/// <param name="ParameterBytes">Size of its .param space.</param>
/// <param name="StaticShared">Shared memory that it declares, in bytes.</param>
/// <param name="Registers">Registers a thread.</param>
/// <param name="LocalBytes">Local memory a thread.</param>
/// <param name="MaxThreads">Threads a block may have.</param>
/// <param name="Body">The machine's own form of it.</param>
internal sealed record MachineKernel(string Name, int ParameterBytes, int StaticShared, int Registers, int LocalBytes, int MaxThreads, object Body)
{
    /// <summary>Whether the first thing it does is to wait for the grids before it (griddepcontrol.wait).</summary>
    public bool WaitsForGrids { get; init; }

    /// <summary>How much of a multiprocessor's memory should be shared memory, in percent; -1 without a preference. Matters to counts only.</summary>
    public int CarveOut { get; set; } = -1;
}

/// <summary>Something a kernel or copy must not do, or PTX that can't be compiled.</summary>
internal sealed class MachineFaultException(CudaResult result, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The code that the driver will give.</summary>
    public CudaResult Result { get; } = result;
}
