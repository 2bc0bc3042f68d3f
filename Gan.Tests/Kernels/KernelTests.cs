namespace Gan.Tests.Kernels;

/// <summary>What kernel tests run on. A class derived from such a test runs the same bodies on another device.</summary>
internal abstract class KernelTarget
{
    /// <summary>The CPU at every vector width and several thread counts.</summary>
    public static KernelTarget Cpu { get; } = new CpuTarget();

    /// <summary>Lengths of arrays: around vector widths, and long enough for several parts.</summary>
    public abstract IReadOnlyList<int> Lengths { get; }

    /// <summary>A device in its usual form.</summary>
    public abstract KernelHost Open();

    /// <summary>Runs the same work on every form of the device and demands the same bits of what it returns.</summary>
    public abstract float[] SameBits(Func<KernelHost, float[]> work);

    private sealed class CpuTarget : KernelTarget
    {
        public override IReadOnlyList<int> Lengths => KernelHost.Lengths;

        public override KernelHost Open() => new();

        public override float[] SameBits(Func<KernelHost, float[]> work) => KernelHost.SameBits(work);
    }
}

/// <summary>Tests of kernels, written once for all devices.</summary>
public abstract class KernelTests
{
    /// <summary>Where the bodies run.</summary>
    private protected virtual KernelTarget Target => KernelTarget.Cpu;
}
