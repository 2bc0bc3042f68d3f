using Gan.Core.Autograd;
using Gan.Kernels;

namespace Gan.Core;

/// <summary>
/// A float32 (or int64) array on a device, with an optional place in the gradient tape. Shapes are PyTorch's (N, C, H, W); 4-D data is
/// stored channels-last, [N][H][W][C], which only host import and export can see. Dispose returns the memory at once; a
/// <see cref="TensorScope"/> does so for all temporaries of a step; a forgotten tensor is returned when it is collected.
/// </summary>
public sealed partial class Tensor : IDisposable
{
    private DeviceBuffer? _buffer;
    private long _offset;
    private bool _requiresGrad;

    internal Tensor(DeviceBuffer buffer, long offset, Shape shape, DType dtype, VersionCounter version, bool scoped)
    {
        (_buffer, _offset, Shape, DType, Version) = (buffer, offset, shape, dtype, version);
        Device = buffer.Device;
        if (scoped)
        {
            TensorScope.Track(this);
        }
    }

    /// <summary>Sizes, in PyTorch's order.</summary>
    public Shape Shape { get; }

    /// <summary>Element type.</summary>
    public DType DType { get; }

    /// <summary>Where the data lives.</summary>
    public Device Device { get; }

    /// <summary>Number of elements.</summary>
    public long Length => Shape.Length;

    /// <summary>The elements on the device, channels-last when 4-D.</summary>
    /// <exception cref="ObjectDisposedException">The tensor was disposed.</exception>
    /// <exception cref="InvalidOperationException">The tensor is not float32.</exception>
    public DeviceSpan<float> Data => DType == DType.Float32
        ? new DeviceSpan<float>(Buffer, _offset, Length)
        : throw new InvalidOperationException($"Tensor {Shape} holds {DType}; float32 is needed here.");

    /// <summary>The elements of an int64 tensor on the device.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not int64.</exception>
    public DeviceSpan<long> Int64Data => DType == DType.Int64
        ? new DeviceSpan<long>(Buffer, _offset, Length)
        : throw new InvalidOperationException($"Tensor {Shape} holds {DType}; int64 is needed here.");

    /// <summary>Whether gradients are computed for this tensor. Can be set on leaves only (freezing a parameter sets it to false).</summary>
    /// <exception cref="AutogradException">Set on the result of an operation.</exception>
    public bool RequiresGrad
    {
        get => _requiresGrad || Node is not null;
        set
        {
            if (Node is not null)
            {
                throw new AutogradException($"RequiresGrad: this tensor {Shape} is the result of '{Node.Op}'; set it on leaves, or use Detach().");
            }
            _requiresGrad = value;
        }
    }

    /// <summary>Whether the tensor was made by the user (or has no graph) rather than by a recorded operation.</summary>
    public bool IsLeaf => Node is null;

    /// <summary>Whether <see cref="Dispose"/> was called.</summary>
    public bool IsDisposed => _buffer is null;

    /// <summary>The operation that made this tensor, where gradients flow on.</summary>
    internal GradNode? Node { get; set; }

    /// <summary>Counts in-place changes; shared by views, so that backward can tell that a saved tensor was changed.</summary>
    internal VersionCounter Version { get; }

    internal IKernels Kernels => Device.Kernels;

    internal DeviceBuffer Buffer => _buffer ?? throw new ObjectDisposedException(nameof(Tensor), $"Tensor {Shape} was disposed.");

    internal long Offset => _offset;

    /// <summary>Allocates a tensor; contents are unspecified.</summary>
    public static Tensor Empty(Device device, Shape shape, DType dtype = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(device);
        DeviceBuffer buffer = device.Allocate(shape.Length * (dtype == DType.Int64 ? sizeof(long) : sizeof(float)));
        return new Tensor(buffer, 0, shape, dtype, new VersionCounter(), scoped: true);
    }

    /// <summary>Same data, no graph: gradients stop here.</summary>
    public Tensor Detach() => Alias(Shape);

    /// <summary>A view of consecutive elements from <paramref name="start"/> as shape <paramref name="shape"/>; no graph. Not for 4-D tensors.</summary>
    /// <exception cref="ShapeException">A 4-D shape, or the view leaves the tensor.</exception>
    public Tensor Slice(long start, Shape shape)
    {
        if (!Shape.IsOrderFree || !shape.IsOrderFree || start < 0 || start + shape.Length > Length)
        {
            throw new ShapeException($"Slice: {shape} from element {start} is no view of {Shape}.");
        }
        Buffer.AddReference();
        return new Tensor(Buffer, _offset + start, shape, DType, Version, scoped: true);
    }

    /// <summary>The memory goes back to the pool as soon as no view and no graph needs it.</summary>
    public void Dispose()
    {
        DeviceBuffer? buffer = Interlocked.Exchange(ref _buffer, null);
        buffer?.Dispose();
        Node = null;
        _grad?.Dispose();
        _grad = null;
    }

    /// <summary>Shape, type and device.</summary>
    public override string ToString() => $"Tensor({Shape}, {DType}, {Device.Name}{(RequiresGrad ? ", requires_grad" : "")})";

    /// <summary>A view of the same memory under another shape of the same length.</summary>
    internal Tensor Alias(Shape shape)
    {
        Buffer.AddReference();
        return new Tensor(Buffer, _offset, shape, DType, Version, scoped: true);
    }

    /// <summary>Moves the data into <paramref name="buffer"/> at <paramref name="offset"/> elements; used by parameter arenas.</summary>
    internal void Rehome(DeviceBuffer buffer, long offset)
    {
        var target = new DeviceSpan<float>(buffer, offset, Length);
        Kernels.Copy(Data, target);
        buffer.AddReference();
        DeviceBuffer old = Buffer;
        (_buffer, _offset) = (buffer, offset);
        old.Dispose();
    }
}

/// <summary>Counts in-place changes of one piece of memory.</summary>
internal sealed class VersionCounter
{
    public int Value;
}
