using System.Runtime.CompilerServices;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>The machine behind the emulator's driver: <see cref="DeviceMemory"/> and <see cref="KernelExecutor"/>, with their errors as result codes.</summary>
/// <param name="threads">Threads that run blocks.</param>
internal sealed class PtxMachine(int threads) : IKernelMachine
{
    // Modules are immutable, so devices share them: by the text's identity, as long as somebody holds the text (PtxResources does).
    private static readonly ConditionalWeakTable<string, PtxModule> _modules = [];

    private readonly DeviceMemory _memory = new();
    private KernelExecutor? _executor;

    /// <summary>The executor, for its counters and limits.</summary>
    public KernelExecutor Executor => _executor ??= new KernelExecutor(_memory, threads);

    public nint Allocate(long bytes)
    {
        try
        {
            return _memory.Allocate(bytes);
        }
        catch (OutOfMemoryException e)
        {
            throw new MachineFaultException(CudaResult.OutOfMemory, e.Message, e);
        }
    }

    public void Free(nint address) => Try(() => _memory.Free(address));

    public void Write(nint address, ReadOnlySpan<byte> source)
    {
        try
        {
            _memory.Write(address, source);
        }
        catch (EmulatorException e)
        {
            throw Fault(e);
        }
    }

    public void Read(nint address, Span<byte> destination)
    {
        try
        {
            _memory.Read(address, destination);
        }
        catch (EmulatorException e)
        {
            throw Fault(e);
        }
    }

    public void Copy(nint destination, nint source, long bytes) => Try(() => _memory.Copy(destination, source, bytes));

    public void Fill32(nint address, uint value, long count) => Try(() => _memory.Fill32(address, value, count));

    public void Restrict(nint block, long bytes) => Try(() => _memory.Restrict(block, bytes));

    public void MarkUnwritten(nint address, long bytes) => Try(() => _memory.MarkUnwritten(address, bytes));

    public IReadOnlyDictionary<string, MachineKernel> Load(string ptx)
    {
        try
        {
            PtxModule module = _modules.GetValue(ptx, PtxModule.Parse);
            return module.Functions.Values.ToDictionary(static f => f.Name, static f => new MachineKernel(f.Name, f.ParameterBytes, f.StaticSharedBytes,
                f.Registers, LocalBytes: 0, f.MaxThreads == 0 ? KernelExecutor.MaxThreadsPerBlock : f.MaxThreads, f)
                {
                    WaitsForGrids = f.Statements is [{ Opcode: "griddepcontrol", Modifiers: ["wait"], Guard: null }, ..],
                });
        }
        catch (PtxException e)
        {
            throw new MachineFaultException(CudaResult.InvalidPtx, e.Message, e);
        }
    }

    public void Run(MachineKernel kernel, Dim3 grid, Dim3 block, int dynamicShared, ReadOnlySpan<byte> parameters, MemoryUse[]? uses)
    {
        try
        {
            Executor.Run((PtxFunction)kernel.Body, grid, block, dynamicShared, parameters, uses);
        }
        catch (EmulatorException e)
        {
            throw Fault(e);
        }
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (EmulatorException e)
        {
            throw Fault(e);
        }
    }

    /// <summary>The code a GPU would give where it has one; errors that a GPU does not notice count as failed launches.</summary>
    private static MachineFaultException Fault(EmulatorException e) => new(e.Kind switch
    {
        EmulatorErrorKind.OutOfBounds or EmulatorErrorKind.UseAfterFree => CudaResult.IllegalAddress,
        EmulatorErrorKind.Misaligned => CudaResult.MisalignedAddress,
        EmulatorErrorKind.InstructionBudget => CudaResult.LaunchTimeout,
        _ => CudaResult.LaunchFailed,
    }, e.Message, e);
}
