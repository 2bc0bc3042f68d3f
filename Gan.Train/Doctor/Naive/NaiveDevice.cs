using System.Runtime.InteropServices;
using Gan.Kernels;

namespace Gan.Train.Doctor.Naive;

/// <summary>
/// The cpu's yardstick: kernels as plain loops in double precision, straight from the contract's formulas. Slow, one thread, no vectors; shares no code
/// with the fast kernels.
/// </summary>
internal sealed unsafe class NaiveDevice : Device
{
    public override string Name => "loops";

    public override string Description => "plain loops in double precision";

    protected override IKernels NativeKernels { get; } = new NaiveKernels();

    public override void Synchronize()
    {
    }

    protected override void Upload<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination) =>
        source.CopyTo(new Span<T>((void*)destination.Address, source.Length));

    protected override void Download<T>(DeviceSpan<T> source, Span<T> destination) =>
        new ReadOnlySpan<T>((void*)source.Address, destination.Length).CopyTo(destination);

    protected override nint AllocateRaw(long bytes) => (nint)NativeMemory.AlignedAlloc((nuint)bytes, 64);

    protected override void FreeRaw(nint address, long bytes) => NativeMemory.AlignedFree((void*)address);
}
