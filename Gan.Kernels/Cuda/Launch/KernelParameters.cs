using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Launch;

/// <summary>
/// The arguments of one launch, packed as the kernel's .param space is: each at the next multiple of its own alignment, in the order of the kernel's
/// signature. Use: <c>new KernelParameters(stackalloc byte[KernelParameters.Capacity]).Add(n).In(x).Add(y)</c>.
/// </summary>
internal ref struct KernelParameters(Span<byte> memory)
{
    /// <summary>Bytes that hold any kernel's arguments here.</summary>
    public const int Capacity = 512;

    private readonly Span<byte> _memory = memory;
    private int _length, _useCount;
    private UseList _uses;

    /// <summary>What was added so far.</summary>
    public readonly ReadOnlySpan<byte> Bytes => _memory[.._length];

    /// <summary>The memory that was added so far.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<MemoryUse> Uses => ((ReadOnlySpan<MemoryUse>)_uses)[.._useCount];

    /// <summary>A number: aligned to its own size.</summary>
    [UnscopedRef]
    public ref KernelParameters Add<T>(T value) where T : unmanaged => ref Append(value, Unsafe.SizeOf<T>());

    /// <summary>A structure made of 32-bit words.</summary>
    [UnscopedRef]
    public ref KernelParameters AddStruct<T>(in T value) where T : unmanaged => ref Append(value, sizeof(uint));

    /// <summary>A device pointer to memory that the kernel may write; 0 when the span is empty.</summary>
    [UnscopedRef]
    public ref KernelParameters Add<T>(DeviceSpan<T> span) where T : unmanaged => ref Append(span, writes: true);

    /// <summary>A device pointer to memory that the kernel only reads, so that other launches may read it at the same time; 0 when the span is empty.</summary>
    [UnscopedRef]
    public ref KernelParameters In<T>(DeviceSpan<T> span) where T : unmanaged => ref Append(span, writes: false);

    /// <summary>A device pointer to the step's state, of which the kernel may write some words.</summary>
    [UnscopedRef]
    public ref KernelParameters Add(DeviceSpan<uint> state, params ReadOnlySpan<StepField> words)
    {
        Note(state, words, writes: true);
        return ref AppendAddress(state);
    }

    /// <summary>A device pointer to the step's state, of which the kernel only reads some words; 0 when the span is empty.</summary>
    [UnscopedRef]
    public ref KernelParameters In(DeviceSpan<uint> state, params ReadOnlySpan<StepField> words)
    {
        Note(state, words, writes: false);
        return ref AppendAddress(state);
    }

    /// <summary>No argument: the kernel reads other words of a state whose address it has.</summary>
    [UnscopedRef]
    public ref KernelParameters AlsoReads(DeviceSpan<uint> state, params ReadOnlySpan<StepField> words)
    {
        Note(state, words, writes: false);
        return ref this;
    }

    [UnscopedRef]
    private ref KernelParameters Append<T>(DeviceSpan<T> span, bool writes) where T : unmanaged
    {
        if (!span.IsEmpty)
        {
            _uses[_useCount++] = new(span.Address, span.Length * Unsafe.SizeOf<T>(), writes);
        }
        return ref AppendAddress(span);
    }

    private void Note(DeviceSpan<uint> state, scoped ReadOnlySpan<StepField> words, bool writes)
    {
        foreach (StepField word in state.IsEmpty ? [] : words)
        {
            _uses[_useCount++] = new(state.Slice((int)word, 1).Address, sizeof(uint), writes);
        }
    }

    [UnscopedRef]
    private ref KernelParameters AppendAddress<T>(DeviceSpan<T> span) where T : unmanaged => ref Append(span.IsEmpty ? 0L : (long)span.Address, sizeof(long));

    [UnscopedRef]
    private ref KernelParameters Append<T>(T value, int alignment) where T : unmanaged
    {
        _length = (_length + alignment - 1) / alignment * alignment;
        MemoryMarshal.Write(_memory[_length..], value);
        _length += Unsafe.SizeOf<T>();
        return ref this;
    }

    [InlineArray(16)]
    private struct UseList
    {
        private MemoryUse _first;
    }
}
