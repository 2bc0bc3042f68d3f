using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Gan.Core.Serialization;

/// <summary>A named array in host memory in file form: little-endian bytes, row-major (PyTorch's contiguous N,C,H,W).</summary>
public sealed class HostTensor
{
    private readonly long[] _shape;

    /// <summary>Wraps bytes without copying them.</summary>
    /// <param name="name">State-dict name, such as <c>main.0.weight</c>.</param>
    /// <param name="type">Element type of <paramref name="bytes"/>.</param>
    /// <param name="shape">Sizes, outermost first; empty for a scalar.</param>
    /// <param name="bytes">Little-endian elements, row-major; the length must be that of the shape.</param>
    /// <exception cref="ArgumentException">A negative size, or a length that the shape does not give.</exception>
    public HostTensor(string name, TensorDType type, ReadOnlySpan<long> shape, ReadOnlyMemory<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
        DType = type;
        _shape = shape.ToArray();
        Bytes = bytes;
        if (!TryCount(shape, out var count) || count > long.MaxValue / type.ByteSize() || count * type.ByteSize() != bytes.Length)
        {
            throw new ArgumentException($"Tensor '{name}' of {type.FileName()} {ShapeText(shape)}: {bytes.Length} bytes do not fill that shape.");
        }

        Count = count;
    }

    /// <summary>State-dict name.</summary>
    public string Name { get; }

    /// <summary>Element type.</summary>
    public TensorDType DType { get; }

    /// <summary>Sizes, outermost first; empty for a scalar.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>Number of elements: the product of the sizes, 1 for a scalar.</summary>
    public long Count { get; }

    /// <summary>The elements: little-endian, row-major.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Copies float32 values.</summary>
    /// <exception cref="ArgumentException">The number of values is not that of the shape.</exception>
    public static HostTensor FromFloat32(string name, ReadOnlySpan<long> shape, ReadOnlySpan<float> values)
    {
        var bytes = new byte[checked(values.Length * 4)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * 4), values[i]);
        }

        return new HostTensor(name, TensorDType.F32, shape, bytes);
    }

    /// <inheritdoc cref="FromFloat32(string, ReadOnlySpan{long}, ReadOnlySpan{float})"/>
    public static HostTensor FromFloat32(string name, ReadOnlySpan<int> shape, ReadOnlySpan<float> values) =>
        FromFloat32(name, Widen(shape), values);

    /// <summary>Copies int64 values, such as BatchNorm's num_batches_tracked (shape []).</summary>
    /// <exception cref="ArgumentException">The number of values is not that of the shape.</exception>
    public static HostTensor FromInt64(string name, ReadOnlySpan<long> shape, ReadOnlySpan<long> values)
    {
        var bytes = new byte[checked(values.Length * 8)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * 8), values[i]);
        }

        return new HostTensor(name, TensorDType.I64, shape, bytes);
    }

    /// <inheritdoc cref="FromInt64(string, ReadOnlySpan{long}, ReadOnlySpan{long})"/>
    public static HostTensor FromInt64(string name, ReadOnlySpan<int> shape, ReadOnlySpan<long> values) =>
        FromInt64(name, Widen(shape), values);

    /// <summary>The values as float32: F32 unchanged, F16 and BF16 widened exactly, F64 rounded to nearest.</summary>
    /// <exception cref="InvalidOperationException">The elements are integers or booleans.</exception>
    public float[] ToFloat32()
    {
        var bytes = Bytes.Span;
        var values = new float[checked((int)Count)];
        switch (DType)
        {
            case TensorDType.F32 when BitConverter.IsLittleEndian:
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(values);
                return values;
            case TensorDType.F32:
                Fill(values, bytes, 4, BinaryPrimitives.ReadSingleLittleEndian);
                return values;
            case TensorDType.F64:
                Fill(values, bytes, 8, static b => (float)BinaryPrimitives.ReadDoubleLittleEndian(b));
                return values;
            case TensorDType.F16:
                Fill(values, bytes, 2, static b => (float)BinaryPrimitives.ReadHalfLittleEndian(b));
                return values;
            case TensorDType.BF16:
                Fill(values, bytes, 2, static b => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(b) << 16));
                return values;
            default:
                throw new InvalidOperationException($"Tensor '{Name}' holds {DType.FileName()}; floating point (F64, F32, F16, BF16) is needed here.");
        }
    }

    /// <summary>The values as int64; any of the integer types and BOOL, widened.</summary>
    /// <exception cref="InvalidOperationException">The elements are floating point.</exception>
    public long[] ToInt64()
    {
        var bytes = Bytes.Span;
        var values = new long[checked((int)Count)];
        switch (DType)
        {
            case TensorDType.I64:
                Fill(values, bytes, 8, BinaryPrimitives.ReadInt64LittleEndian);
                return values;
            case TensorDType.I32:
                Fill(values, bytes, 4, static b => BinaryPrimitives.ReadInt32LittleEndian(b));
                return values;
            case TensorDType.I16:
                Fill(values, bytes, 2, static b => BinaryPrimitives.ReadInt16LittleEndian(b));
                return values;
            case TensorDType.I8:
                Fill(values, bytes, 1, static b => (sbyte)b[0]);
                return values;
            case TensorDType.U8 or TensorDType.Bool:
                Fill(values, bytes, 1, static b => b[0]);
                return values;
            default:
                throw new InvalidOperationException($"Tensor '{Name}' holds {DType.FileName()}; integers (I64, I32, I16, I8, U8, BOOL) are needed here.");
        }
    }

    /// <summary>Name, type and shape, as in <c>main.0.weight F32 [100, 512, 4, 4]</c>.</summary>
    public override string ToString() => $"{Name} {DType.FileName()} {ShapeText(_shape)}";

    /// <summary>A shape as PyTorch prints it: <c>[64, 3, 4, 4]</c>.</summary>
    public static string ShapeText(ReadOnlySpan<long> shape)
    {
        var parts = new string[shape.Length];
        for (var i = 0; i < shape.Length; i++)
        {
            parts[i] = shape[i].ToString();
        }

        return $"[{string.Join(", ", parts)}]";
    }

    /// <summary>Multiplies sizes.</summary>
    /// <param name="shape">Sizes, outermost first.</param>
    /// <param name="count">The product; 1 for a scalar.</param>
    /// <returns>False for a negative size or a product beyond 63 bits.</returns>
    public static bool TryCount(ReadOnlySpan<long> shape, out long count)
    {
        count = 1;
        foreach (var size in shape)
        {
            if (size < 0 || (size != 0 && count > long.MaxValue / size))
            {
                return false;
            }

            count *= size;
        }

        return true;
    }

    private delegate T ReadElement<T>(ReadOnlySpan<byte> bytes);

    private static void Fill<T>(T[] values, ReadOnlySpan<byte> bytes, int size, ReadElement<T> read)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = read(bytes.Slice(i * size, size));
        }
    }

    private static long[] Widen(ReadOnlySpan<int> shape)
    {
        var wide = new long[shape.Length];
        for (var i = 0; i < shape.Length; i++)
        {
            wide[i] = shape[i];
        }

        return wide;
    }
}
