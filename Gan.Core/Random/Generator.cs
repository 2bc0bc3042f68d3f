using Gan.Kernels;

namespace Gan.Core.Random;

/// <summary>
/// A counter-based source of random tensors (Philox4x32-10; Salmon et al. 2011): draw number d of a stream is a function of (seed, stream, d) alone, so
/// there is no state to save beyond <see cref="Draws"/>. Values are bit-equal on every device.
/// </summary>
/// <param name="seed">Key of the sequence.</param>
/// <param name="stream">Which independent sequence.</param>
public sealed class Generator(ulong seed, RandomStream stream = RandomStream.User)
{
    /// <summary>Key of the sequence.</summary>
    public ulong Seed { get; } = seed;

    /// <summary>Tensors drawn so far; at most 65,536.</summary>
    public int Draws { get; private set; }

    /// <summary>A tensor of uniform values in [low, high).</summary>
    public Tensor Uniform(Device device, Shape shape, float low = 0, float high = 1)
    {
        Tensor y = Tensor.Empty(device, shape);
        FillUniform(y, low, high);
        return y;
    }

    /// <summary>A tensor of normal values.</summary>
    public Tensor Normal(Device device, Shape shape, float mean = 0, float std = 1)
    {
        Tensor y = Tensor.Empty(device, shape);
        FillNormal(y, mean, std);
        return y;
    }

    /// <summary>Overwrites a tensor in place with uniform values in [low, high).</summary>
    public void FillUniform(Tensor tensor, float low, float high)
    {
        (DeviceBuffer state, int rows, int columns) = Prepare(tensor);
        using (state)
        {
            tensor.Kernels.PhiloxUniform(tensor.Data, rows, columns, state.AsSpan<uint>(), Seed, stream, NextDraw(), low, high);
        }
    }

    /// <summary>Overwrites a tensor in place with normal values.</summary>
    public void FillNormal(Tensor tensor, float mean, float std)
    {
        (DeviceBuffer state, int rows, int columns) = Prepare(tensor);
        using (state)
        {
            tensor.Kernels.PhiloxNormal(tensor.Data, rows, columns, state.AsSpan<uint>(), Seed, stream, NextDraw(), mean, std);
        }
    }

    private static (DeviceBuffer State, int Rows, int Columns) Prepare(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        tensor.MarkChanged("Generator");
        DeviceBuffer state = tensor.Device.Allocate<uint>(StepState.Length);
        tensor.Device.CopyFromHost<uint>(stackalloc uint[StepState.Length], state.AsSpan<uint>());
        int rows = tensor.Shape.Rank == 0 ? 1 : Math.Max(1, tensor.Shape[0]);
        return (state, rows, (int)(tensor.Length / rows));
    }

    private int NextDraw() => Draws < 65536
        ? Draws++
        : throw new InvalidOperationException("Generator: 65,536 tensors were drawn from one generator; start another with another seed.");
}
