using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>Work in numbered parts of fixed size, written once for every vector width.</summary>
internal interface IVectorWork
{
    /// <summary>Does part <paramref name="part"/>; the split depends on sizes only, never on the number of threads.</summary>
    void Run<TV>(int part) where TV : unmanaged, ISimd<TV>;
}

/// <summary>A kernel whose result at i depends on its inputs at i only.</summary>
internal interface IElementwise
{
    /// <summary>Computes and stores elements i .. i + TV.Count - 1.</summary>
    void At<TV>(long i) where TV : unmanaged, ISimd<TV>;
}

/// <summary>Vector work at one width, for the pool.</summary>
internal readonly struct Widened<TWork, TV>(TWork work) : IWork
    where TWork : struct, IVectorWork
    where TV : unmanaged, ISimd<TV>
{
    private readonly TWork _work = work;

    public void Run(int part, int parts) => _work.Run<TV>(part);
}

/// <summary>An element-wise kernel over n elements, in blocks, with the scalar form for each block's tail.</summary>
internal readonly struct ElementwiseWork<TOp>(TOp op, long n) : IVectorWork where TOp : struct, IElementwise
{
    /// <summary>Up to here the caller does all: handing out would cost what it saves.</summary>
    private const int Small = 16 * 1024;

    /// <summary>Most elements in a part, 128 KiB an operand, and least: enough parts for every thread to end at about the same time.</summary>
    private const int LongestPart = 32 * 1024, ShortestPart = 4 * 1024;

    /// <summary>Equal parts, and an even number of them, keep two threads from taking each other's: 16 parts but for a rounding of 256 bytes.</summary>
    private const int WantedParts = 16, PartUnit = 64;

    private readonly TOp _op = op;
    private readonly int _partLength = PartLength(n);

    public static int Parts(long n) => (int)((n + PartLength(n) - 1) / PartLength(n));

    private static int PartLength(long n) =>
        n <= Small ? Small : (int)Math.Clamp((n / WantedParts + PartUnit) / PartUnit * PartUnit, ShortestPart, LongestPart);

    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        TOp op = _op; // a local copy: its pointers stay in registers although stores might alias this
        long i = (long)part * _partLength, end = Math.Min(i + _partLength, n);
        for (; i <= end - TV.Count; i += TV.Count)
        {
            op.At<TV>(i);
        }
        for (; i < end; i++)
        {
            op.At<F32x1>(i);
        }
    }
}
