using System.Runtime.CompilerServices;

namespace Gan.Kernels;

/// <summary>
/// A typed stretch of a <see cref="DeviceBuffer"/>: what kernels take. It does not keep the memory alive; the caller does.
/// The default value is empty and means "absent" for optional arguments.
/// </summary>
/// <typeparam name="T">Element type.</typeparam>
public readonly struct DeviceSpan<T> : IEquatable<DeviceSpan<T>> where T : unmanaged
{
    private readonly nint _pinned;

    /// <summary>Views <paramref name="length"/> elements of <paramref name="buffer"/> from element <paramref name="offset"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The stretch leaves the buffer.</exception>
    public DeviceSpan(DeviceBuffer buffer, long offset, long length)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        if (offset < 0 || length < 0 || (offset + length) * Unsafe.SizeOf<T>() > buffer.ByteLength)
        {
            throw new ArgumentOutOfRangeException(nameof(length),
                $"DeviceSpan<{typeof(T).Name}>: [{offset}, {offset + length}) does not fit a buffer of {buffer.ByteLength} bytes.");
        }
        (Buffer, Offset, Length) = (buffer, offset, length);
    }

    private DeviceSpan(nint address, long length) => (_pinned, Length) = (address, length);

    /// <summary>The buffer viewed; null when empty, or when bound to an address in a <see cref="StepPlan"/>.</summary>
    public DeviceBuffer? Buffer { get; }

    /// <summary>First element, counted in elements from the start of the buffer.</summary>
    public long Offset { get; }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>Whether there is nothing here (an absent optional argument, or zero elements).</summary>
    public bool IsEmpty => Length == 0;

    /// <summary>Address of the first element in the device's address space; 0 when there is no buffer.</summary>
    public nint Address => Buffer is null ? _pinned : Buffer.Address + (nint)(Offset * Unsafe.SizeOf<T>());

    /// <summary>A part of this stretch.</summary>
    public DeviceSpan<T> Slice(long start, long length)
    {
        if (start < 0 || length < 0 || start + length > Length)
        {
            throw new ArgumentOutOfRangeException(nameof(length), $"DeviceSpan.Slice: [{start}, {start + length}) does not fit {Length} elements.");
        }
        return Buffer is null
            ? new DeviceSpan<T>(_pinned + (nint)(start * Unsafe.SizeOf<T>()), length)
            : new DeviceSpan<T>(Buffer, Offset + start, length);
    }

    /// <summary>The same stretch by address alone: it outlives the buffer's handle, as long as the plan that holds it keeps the memory.</summary>
    internal DeviceSpan<T> Pin() => new(Address, Length);

    /// <inheritdoc/>
    public bool Equals(DeviceSpan<T> other) => ReferenceEquals(Buffer, other.Buffer) && Offset == other.Offset && Length == other.Length
        && _pinned == other._pinned;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DeviceSpan<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Buffer, Offset, Length, _pinned);

    /// <summary>Same stretch of the same buffer.</summary>
    public static bool operator ==(DeviceSpan<T> left, DeviceSpan<T> right) => left.Equals(right);

    /// <summary>Not the same stretch.</summary>
    public static bool operator !=(DeviceSpan<T> left, DeviceSpan<T> right) => !left.Equals(right);
}
