using Gan.Kernels;

namespace Gan.Core;

public sealed partial class Tensor
{
    /// <summary>A tensor of zeros.</summary>
    public static Tensor Zeros(Device device, Shape shape, DType dtype = DType.Float32)
    {
        if (dtype == DType.Float32)
        {
            return Full(device, shape, 0);
        }
        Tensor t = Empty(device, shape, dtype);
        device.CopyFromHost<long>(new long[shape.Length], t.Int64Data);
        return t;
    }

    /// <summary>A tensor whose every element is <paramref name="value"/>.</summary>
    public static Tensor Full(Device device, Shape shape, float value)
    {
        Tensor t = Empty(device, shape);
        t.Kernels.Fill(t.Data, value);
        return t;
    }

    /// <summary>Copies host values given in PyTorch's contiguous order (NCHW when 4-D).</summary>
    /// <exception cref="ShapeException">The number of values is not that of the shape.</exception>
    public static Tensor FromArray(Device device, ReadOnlySpan<float> values, Shape shape)
    {
        Tensor t = Empty(device, shape);
        t.CopyFrom(values);
        return t;
    }

    /// <summary>Copies host integers into an int64 tensor.</summary>
    /// <exception cref="ShapeException">The number of values is not that of the shape.</exception>
    public static Tensor FromInt64(Device device, ReadOnlySpan<long> values, Shape shape)
    {
        CheckCount(values.Length, shape);
        Tensor t = Empty(device, shape, DType.Int64);
        device.CopyFromHost(values, t.Int64Data);
        return t;
    }

    /// <summary>Overwrites the tensor in place with host values in PyTorch's contiguous order (NCHW when 4-D).</summary>
    /// <exception cref="ShapeException">The number of values is not that of the shape.</exception>
    public void CopyFrom(ReadOnlySpan<float> values)
    {
        CheckCount(values.Length, Shape);
        MarkChanged("CopyFrom");
        if (Shape.IsOrderFree)
        {
            Device.CopyFromHost(values, Data);
            return;
        }
        using DeviceBuffer staging = Device.Allocate<float>(Length);
        Device.CopyFromHost(values, staging.AsSpan<float>());
        Kernels.ChannelsFirstToLast(staging.AsSpan<float>(), Data, Shape[0], Shape[1], Shape.Pixels, WriteMode.Write);
    }

    /// <summary>Waits for the device and copies the values out in PyTorch's contiguous order (NCHW when 4-D).</summary>
    public float[] ToArray()
    {
        var values = new float[Length];
        CopyTo(values);
        return values;
    }

    /// <summary>Waits for the device and copies the values out in PyTorch's contiguous order (NCHW when 4-D).</summary>
    /// <exception cref="ShapeException">The destination's length is not that of the shape.</exception>
    public void CopyTo(Span<float> destination)
    {
        CheckCount(destination.Length, Shape);
        if (Shape.IsOrderFree)
        {
            Device.CopyToHost(Data, destination);
            return;
        }
        using DeviceBuffer staging = Device.Allocate<float>(Length);
        Kernels.ChannelsLastToFirst(Data, staging.AsSpan<float>(), Shape[0], Shape[1], Shape.Pixels, WriteMode.Write);
        Device.CopyToHost(staging.AsSpan<float>(), destination);
    }

    /// <summary>Waits for the device and copies an int64 tensor out.</summary>
    public long[] ToInt64Array()
    {
        var values = new long[Length];
        Device.CopyToHost<long>(Int64Data, values);
        return values;
    }

    /// <summary>The value of a single-element tensor; waits for the device.</summary>
    /// <exception cref="ShapeException">More or fewer elements than one.</exception>
    public float Item()
    {
        if (Length != 1)
        {
            throw new ShapeException($"Item: shape {Shape} has {Length} elements; exactly one is needed.");
        }
        Span<float> value = stackalloc float[1];
        Device.CopyToHost(Data, value);
        return value[0];
    }

    /// <summary>Overwrites every element in place.</summary>
    public void Fill(float value)
    {
        MarkChanged("Fill");
        Kernels.Fill(Data, value);
    }

    /// <summary>A copy with its own memory and no graph.</summary>
    public Tensor Clone()
    {
        Tensor y = EmptyLike(this);
        Kernels.Copy(Data, y.Data);
        return y;
    }

    private static void CheckCount(long count, Shape shape)
    {
        if (count != shape.Length)
        {
            throw new ShapeException($"{count} values were given for shape {shape}, which has {shape.Length}.");
        }
    }
}
