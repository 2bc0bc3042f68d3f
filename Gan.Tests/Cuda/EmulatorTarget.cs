using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Emulator;
using Gan.Tests.Kernels;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>
/// The emulator as a target of kernel tests: the same bits every time, with arrays at multiples of 16 bytes and off them (the kernels have a path for each),
/// and on a card of 16 multiprocessors as on one of 1, whose threads make several rounds: grids differ, results may not.
/// </summary>
internal sealed class EmulatorTarget : KernelTarget, IDisposable
{
    private const int AlignedGuard = 64;

    private readonly Card _small = new(1), _large = new(16);

    /// <summary>The longest is more than a full small card works on at once, four groups of four a thread, and is no multiple of anything.</summary>
    public override IReadOnlyList<int> Lengths { get; } = [0, 1, 3, 4, 15, 17, 67, 1000, 40_001];

    public override KernelHost Open() => new(_large.Device, KernelHost.OddGuard);

    public override float[] SameBits(Func<KernelHost, float[]> work)
    {
        float[] first = Run(_large, AlignedGuard);
        KernelHost.AssertSameBits(first, Run(_small, AlignedGuard), "aligned, on a small card");
        KernelHost.AssertSameBits(first, Run(_small, KernelHost.OddGuard), "unaligned, on a small card");
        return first;

        float[] Run(Card card, int guard)
        {
            using KernelHost host = new(card.Device, guard);
            return work(host);
        }
    }

    public void Dispose()
    {
        _small.Dispose();
        _large.Dispose();
    }

    /// <summary>A device that is opened again after a fault, so that one broken kernel fails its own tests only.</summary>
    private sealed class Card(int multiprocessors) : IDisposable
    {
        private CudaDevice? _device;

        public CudaDevice Device
        {
            get
            {
                try
                {
                    _device?.Synchronize();
                }
                catch (CudaException)
                {
                    _device!.Dispose();
                    _device = null;
                }
                return _device ??= CudaDevice.OpenEmulator(Precision.Fp32, 0, EmulatorProfile.Default with { Multiprocessors = multiprocessors });
            }
        }

        public void Dispose() => _device?.Dispose();
    }
}

/// <summary>Opens the emulator once for all kernel tests, which run one after the other: a device serves one thread at a time.</summary>
public sealed class EmulatorFixture : IDisposable
{
    internal EmulatorTarget Target { get; } = new();

    /// <inheritdoc/>
    public void Dispose() => Target.Dispose();
}

/// <summary>The tests that share the emulator.</summary>
[CollectionDefinition(Name)]
public sealed class EmulatorCollection : ICollectionFixture<EmulatorFixture>
{
    /// <summary>Its name.</summary>
    public const string Name = "kernels on the emulator";
}
