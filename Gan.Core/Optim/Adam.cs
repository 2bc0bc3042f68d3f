using Gan.Kernels;

namespace Gan.Core.Optim;

/// <summary>
/// Adam (Kingma and Ba 2015, algorithm 1) with PyTorch's semantics: bias correction, epsilon outside the root. All parameters are moved into one arena,
/// so an update is one launch; step number, rates and powers live on the device, so that it can be replayed. A parameter that no backward pass
/// reached counts as having gradient zero.
/// </summary>
public sealed class Adam : IDisposable
{
    /// <summary>2^63: its square, 8.5e37, is finite in float32.</summary>
    private const float LargestGradient = 9.2233720e18f;

    private readonly ParameterArena _arena;
    private readonly DeviceBuffer _m, _v, _state;
    private readonly double[] _initial;

    /// <summary>Prepares moments of zero.</summary>
    /// <param name="parameters">Leaves on one device.</param>
    /// <param name="lr">Learning rate alpha.</param>
    /// <param name="beta1">Decay of the first moment; DCGAN uses 0.5.</param>
    /// <param name="beta2">Decay of the second moment.</param>
    /// <param name="eps">Added to the root of the second moment.</param>
    /// <exception cref="ArgumentException">No parameters, or a rate outside its range.</exception>
    public Adam(IEnumerable<Tensor> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8)
    {
        if (!(lr >= 0) || !double.IsFinite(lr) || !(beta1 is >= 0 and < 1) || !(beta2 is >= 0 and < 1) || !(eps >= 0))
        {
            throw new ArgumentException($"Adam: lr {lr} and eps {eps} must be finite and at least 0, beta1 {beta1} and beta2 {beta2} in [0, 1).");
        }
        _arena = new ParameterArena(parameters);
        _m = _arena.Zeroed();
        _v = _arena.Zeroed();
        _state = _arena.Device.Allocate<double>(AdamState.Length);
        _initial = [0, lr, beta1, beta2, eps, 1, 1, 0];
        _arena.Device.CopyFromHost<double>(_initial, _state.AsSpan<double>());
    }

    internal ParameterArena Arena => _arena;

    /// <summary>The parameters, views of the arena.</summary>
    public IReadOnlyList<Tensor> Parameters => _arena.Parameters;

    /// <summary>Updates done; reading waits for the device.</summary>
    public long StepCount => (long)ReadState()[(int)AdamField.Step];

    /// <summary>Learning rate of the next update; reading waits for the device.</summary>
    public double LearningRate
    {
        get => ReadState()[(int)AdamField.LearningRate];
        set
        {
            double[] state = ReadState();
            state[(int)AdamField.LearningRate] = value;
            _arena.Device.CopyFromHost<double>(state, _state.AsSpan<double>());
        }
    }

    /// <summary>Forgets all gradients.</summary>
    public void ZeroGrad() => _arena.ZeroGrad();

    /// <summary>Updates every parameter from its gradient.</summary>
    /// <param name="health">An optional <see cref="StepState"/>: nothing is changed once it has <see cref="StepField.FaultStep"/> set.</param>
    public void Step(DeviceSpan<uint> health = default)
    {
        _arena.Device.Kernels.Adam(_arena.Values, _arena.Gradients, _m.AsSpan<float>(), _v.AsSpan<float>(), _state.AsSpan<double>(), health);
        _arena.MarkChanged();
    }

    /// <summary>
    /// Asks <see cref="IKernels.CheckFinite"/> for gradients that are not finite, or whose squares (which the second moment follows) would not be; to be
    /// called before <see cref="Step"/>, which then changes nothing.
    /// </summary>
    /// <param name="site">What <see cref="StepField.FaultSite"/> becomes.</param>
    public FiniteCheck CheckOfGradients(uint site) => new(_arena.Gradients, LargestGradient, site);

    /// <summary>Writes the norm of all gradients together to norm[0].</summary>
    public void GradientNorm(DeviceSpan<float> norm) => _arena.Device.Kernels.Norm(_arena.Gradients, norm);

    /// <summary>Scales all gradients so that their norm together is at most <paramref name="maxNorm"/> (Pascanu et al. 2013), as PyTorch's clip_grad_norm_.</summary>
    /// <param name="norm">Their norm, from <see cref="GradientNorm"/>.</param>
    /// <param name="maxNorm">Largest norm, in the units of the gradients.</param>
    public void ClipGradients(DeviceSpan<float> norm, float maxNorm) => _arena.Device.Kernels.ClipByNorm(_arena.Gradients, norm, maxNorm);

    /// <summary>Sets the rate of the next update without reading the rest of the state: nothing waits for the device.</summary>
    public void SetLearningRate(double rate) =>
        _arena.Device.CopyFromHost<double>([rate], _state.AsSpan<double>().Slice((int)AdamField.LearningRate, 1));

    /// <summary>Asks <see cref="IKernels.CheckFinite"/> for parameters that are not finite.</summary>
    /// <param name="site">What <see cref="StepField.FaultSite"/> becomes.</param>
    public FiniteCheck CheckOfParameters(uint site) => new(_arena.Values, float.MaxValue, site);

    /// <summary>Which parameter holds element <paramref name="faultIndex"/>, a <see cref="StepField.FaultIndex"/> of the checks here.</summary>
    public int ParameterAt(long faultIndex)
    {
        int found = Array.BinarySearch(_arena.Offsets, faultIndex);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>Copies a parameter's moments out, in PyTorch's order: exp_avg and exp_avg_sq.</summary>
    public (float[] ExpAvg, float[] ExpAvgSq) ReadMoments(int parameter)
    {
        using Tensor m = Moment(_m, parameter), v = Moment(_v, parameter);
        return (m.ToArray(), v.ToArray());
    }

    /// <summary>Overwrites a parameter's moments, given in PyTorch's order.</summary>
    /// <exception cref="ShapeException">The lengths do not fit.</exception>
    public void WriteMoments(int parameter, ReadOnlySpan<float> expAvg, ReadOnlySpan<float> expAvgSq)
    {
        using (Tensor m = Moment(_m, parameter))
        {
            m.CopyFrom(expAvg);
        }
        using (Tensor v = Moment(_v, parameter))
        {
            v.CopyFrom(expAvgSq);
        }
    }

    /// <summary>The device state, <see cref="AdamState.Length"/> doubles, for a checkpoint; waits for the device.</summary>
    public double[] ReadState()
    {
        var state = new double[AdamState.Length];
        _arena.Device.CopyToHost(_state.AsSpan<double>(), state.AsSpan());
        return state;
    }

    /// <summary>Restores the device state of a checkpoint.</summary>
    /// <exception cref="ArgumentException">Not <see cref="AdamState.Length"/> values.</exception>
    public void WriteState(ReadOnlySpan<double> state)
    {
        if (state.Length != AdamState.Length)
        {
            throw new ArgumentException($"Adam: {state.Length} state values were given, {AdamState.Length} are needed.");
        }
        double[] atRest = state.ToArray();
        atRest[(int)AdamField.Arrivals] = 0; // whatever a file may hold
        _arena.Device.CopyFromHost<double>(atRest, _state.AsSpan<double>());
    }

    /// <summary>Frees the moments; the parameters keep their memory.</summary>
    public void Dispose()
    {
        _m.Dispose();
        _v.Dispose();
        _state.Dispose();
        _arena.Dispose();
    }

    private Tensor Moment(DeviceBuffer moments, int parameter)
    {
        moments.AddReference();
        return new Tensor(moments, _arena.Offsets[parameter], _arena.Parameters[parameter].Shape, DType.Float32, new VersionCounter(), scoped: false);
    }
}
