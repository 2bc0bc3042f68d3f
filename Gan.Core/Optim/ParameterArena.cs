using Gan.Kernels;

namespace Gan.Core.Optim;

/// <summary>
/// Parameters and their gradients, each moved into one contiguous buffer of which the tensors are views, so that an update, a check or a checksum is
/// one pass. Every tensor starts on a 64-byte boundary; the gaps hold zeros and stay zero under Adam.
/// </summary>
internal sealed class ParameterArena : IDisposable
{
    private const int Alignment = 16;
    private readonly Tensor[] _parameters;
    private readonly DeviceBuffer _values, _gradients;

    public ParameterArena(IEnumerable<Tensor> parameters)
    {
        _parameters = [.. parameters];
        if (_parameters.Length == 0)
        {
            throw new ArgumentException("Optimizer: no parameters were given.");
        }
        Device = _parameters[0].Device;
        Offsets = new long[_parameters.Length];
        for (int i = 0; i < _parameters.Length; i++)
        {
            if (!ReferenceEquals(_parameters[i].Device, Device) || !_parameters[i].IsLeaf)
            {
                throw new ArgumentException($"Optimizer: parameter {i} of shape {_parameters[i].Shape} must be a leaf on {Device.Name}.");
            }
            Offsets[i] = Length;
            Length += (_parameters[i].Length + Alignment - 1) / Alignment * Alignment;
        }
        _values = Zeroed();
        _gradients = Zeroed();
        for (int i = 0; i < _parameters.Length; i++)
        {
            _parameters[i].Rehome(_values, Offsets[i]);
            _parameters[i].RehomeGrad(_gradients, Offsets[i]);
        }
    }

    public Device Device { get; }

    /// <summary>Elements, gaps included.</summary>
    public long Length { get; }

    public IReadOnlyList<Tensor> Parameters => _parameters;

    /// <summary>First element of each parameter.</summary>
    public long[] Offsets { get; }

    public DeviceSpan<float> Values => _values.AsSpan<float>();

    /// <summary>All gradients; those that no backward pass reached are zero.</summary>
    public DeviceSpan<float> Gradients
    {
        get
        {
            foreach (Tensor p in _parameters)
            {
                p.MaterializeGrad();
            }
            return _gradients.AsSpan<float>();
        }
    }

    /// <summary>A buffer of the arena's length, all zeros.</summary>
    public DeviceBuffer Zeroed()
    {
        DeviceBuffer buffer = Device.Allocate<float>(Length);
        Device.Kernels.Fill(buffer.AsSpan<float>(), 0);
        return buffer;
    }

    public void ZeroGrad()
    {
        foreach (Tensor p in _parameters)
        {
            p.ZeroGrad();
        }
    }

    public void MarkChanged()
    {
        foreach (Tensor p in _parameters)
        {
            p.Version.Value++;
        }
    }

    public void Dispose()
    {
        _values.Dispose();
        _gradients.Dispose();
    }
}
