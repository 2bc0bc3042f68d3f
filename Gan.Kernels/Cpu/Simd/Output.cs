using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>How a kernel's result reaches memory.</summary>
internal enum Put
{
    /// <summary>Overwrites through the caches.</summary>
    Write,

    /// <summary>Adds to what is there.</summary>
    Add,

    /// <summary>
    /// Overwrites past the caches. An ordinary store first reads the line it is about to replace; for outputs that no cache holds until
    /// they are read, that is a third of a copy's traffic (measured: copying 64 MiB takes 7 ms instead of 11).
    /// The workers' interlocked hand-over orders these stores before any later read.
    /// </summary>
    Stream,
}

/// <summary>An output and how to write it.</summary>
internal readonly unsafe struct Output
{
    /// <summary>Outputs from here on are streamed: more than second-level caches keep for the next kernel.</summary>
    public const long StreamFromBytes = 8 << 20;

    private readonly float* _y;
    private readonly Put _how;

    /// <summary>Chooses how to write <paramref name="length"/> floats at <paramref name="y"/>.</summary>
    /// <param name="y">The output.</param>
    /// <param name="length">Elements.</param>
    /// <param name="mode">What the caller asked for.</param>
    /// <param name="rowLength">Elements of a row where vectors restart at each row: streaming needs whole aligned vectors.</param>
    public Output(float* y, long length, WriteMode mode, int rowLength = 16)
    {
        _y = y;
        bool stream = length * sizeof(float) >= StreamFromBytes && (nint)y % 64 == 0 && rowLength % 16 == 0;
        _how = mode == WriteMode.Add ? Put.Add : stream ? Put.Stream : Put.Write;
    }

    /// <summary>Writes elements i .. i + TV.Count - 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<TV>(long i, TV value) where TV : unmanaged, ISimd<TV>
    {
        if (_how == Put.Stream)
        {
            value.Stream(_y + i);
        }
        else
        {
            (_how == Put.Add ? TV.Load(_y + i) + value : value).Store(_y + i);
        }
    }
}
