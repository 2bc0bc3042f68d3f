using Gan.Kernels;

namespace Gan.Core.Optim;

/// <summary>
/// The exponential moving average of an optimizer's parameters (Yazici et al. 2019; as PyTorch's AveragedModel): a = decay a + (1 - decay) w after each
/// update, and a = w after the first. One launch.
/// </summary>
public sealed class WeightAverage : IDisposable
{
    private readonly ParameterArena _arena;
    private readonly DeviceBuffer _average;
    private readonly float _decay;

    /// <summary>Averages what <paramref name="optimizer"/> updates.</summary>
    /// <param name="optimizer">Owns the parameters; must live as long.</param>
    /// <param name="decay">Weight of the past, 0 to below 1; 0.999 averages over about a thousand steps.</param>
    public WeightAverage(Adam optimizer, float decay)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        if (decay is not (>= 0 and < 1))
        {
            throw new ArgumentException($"WeightAverage: decay {decay} must be from 0 to below 1.");
        }
        (_arena, _decay) = (optimizer.Arena, decay);
        _average = _arena.Zeroed();
        Reset();
    }

    /// <summary>Takes the parameters in. Nothing happens once the step state has <see cref="StepField.FaultStep"/> set.</summary>
    /// <param name="state">A <see cref="StepState"/>; in its step 0 the average becomes the parameters.</param>
    public void Update(DeviceSpan<uint> state) => _arena.Device.Kernels.ExponentialAverage(_arena.Values, _average.AsSpan<float>(), _decay, state);

    /// <summary>The average becomes the parameters as they are.</summary>
    public void Reset() => _arena.Device.Kernels.Copy(_arena.Values, _average.AsSpan<float>());

    /// <summary>Exchanges parameters and average, to sample from, save or load the average with the network itself; call again to change back.</summary>
    public void Swap()
    {
        IKernels kernels = _arena.Device.Kernels;
        using DeviceBuffer held = _arena.Device.Allocate<float>(_arena.Length);
        kernels.Copy(_arena.Values, held.AsSpan<float>());
        kernels.Copy(_average.AsSpan<float>(), _arena.Values);
        kernels.Copy(held.AsSpan<float>(), _average.AsSpan<float>());
        _arena.MarkChanged();
    }

    /// <summary>Frees the average.</summary>
    public void Dispose() => _average.Dispose();
}
