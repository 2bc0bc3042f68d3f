using System.Reflection;
using System.Runtime.InteropServices;
using Gan.Kernels;
using Gan.Kernels.Cpu;
using Gan.Train.Doctor.Naive;

namespace Gan.Tests.Doctor;

/// <summary>Host memory and the naive kernels, one of which is replaced.</summary>
/// <param name="kernel">Name of the method that is not called.</param>
/// <param name="instead">Done in its place, with the kernels and the arguments; null for nothing.</param>
internal sealed unsafe class SabotagedDevice(string? kernel, Action<IKernels, object?[]>? instead = null) : Device
{
    public override string Name => "sabotaged";

    public override string Description => $"does not do {kernel}";

    protected override IKernels NativeKernels { get; } = SabotagedKernels.Create(kernel, instead);

    public override void Synchronize()
    {
    }

    protected override void Upload<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination) => source.CopyTo(new Span<T>((void*)destination.Address, source.Length));

    protected override void Download<T>(DeviceSpan<T> source, Span<T> destination) => new ReadOnlySpan<T>((void*)source.Address, destination.Length).CopyTo(destination);

    protected internal override nint AllocateRaw(long bytes) => (nint)NativeMemory.AlignedAlloc((nuint)bytes, 64);

    protected internal override void FreeRaw(nint address, long bytes) => NativeMemory.AlignedFree((void*)address);
}

/// <summary>Built at run time by DispatchProxy, which wants it open.</summary>
public class SabotagedKernels : DispatchProxy
{
    private IKernels _kernels = null!;
    private string? _kernel;
    private Action<IKernels, object?[]>? _instead;

    internal static IKernels Create(string? kernel, Action<IKernels, object?[]>? instead)
    {
        IKernels proxy = Create<IKernels, SabotagedKernels>();
        var self = (SabotagedKernels)proxy;
        (self._kernels, self._kernel, self._instead) = (new NaiveKernels(), kernel, instead);
        return proxy;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == _kernel)
        {
            _instead?.Invoke(_kernels, args!);
            return null;
        }
        return targetMethod.Invoke(_kernels, args);
    }
}
