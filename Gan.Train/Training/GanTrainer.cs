using Gan.Core;
using Gan.Core.Optim;
using Gan.Core.Random;
using Gan.Kernels;
using Gan.Train.Models;
using Gan.Train.Settings;

namespace Gan.Train.Training;

/// <summary>
/// Two networks, their optimisers, and the training step of docs/training.md ("What one step is"; Goodfellow et al. 2014, algorithm 1, with the
/// tutorial's order of passes). Everything that changes from step to step is on the device, in <see cref="State"/> and the optimisers' states.
/// </summary>
internal sealed class GanTrainer : IDisposable
{
    private readonly IImageSource _images;
    private readonly Tensor? _latents;
    private readonly Tensor _realTarget, _one, _zero;
    private readonly DeviceBuffer _state;
    private readonly float _mean, _std;
    private readonly Dictionary<(int FirstRows, int LastRows, int Updates), StepPlan> _plans = [];

    /// <param name="device">Where everything runs.</param>
    /// <param name="options">What a step depends on.</param>
    /// <param name="images">Training images; owned by the caller.</param>
    /// <param name="latents">Given latents [rows, nz] used instead of drawn ones, or null; owned by the caller.</param>
    public GanTrainer(Device device, GanOptions options, IImageSource images, Tensor? latents)
    {
        (Device, Options, _images, _latents) = (device, options, images, latents);
        var init = new Generator(options.Seed, RandomStream.Init);
        (NetG, NetD) = Networks.Build(device, options, init);
        AdamG = new Adam(NetG.Parameters(), options.LrG ?? options.Lr, options.Beta1, options.Beta2);
        AdamD = new Adam(NetD.Parameters(), options.LrD ?? options.Lr, options.Beta1, options.Beta2);
        AverageG = options.Ema > 0 ? new WeightAverage(AdamG, options.Ema) : null;
        Metrics = new MetricsRing(device) { LogGradNorms = options.GradNorms };
        _realTarget = Tensor.Full(device, new Shape(), 1 - options.LabelSmoothing);
        _one = Tensor.Full(device, new Shape(), 1);
        _zero = Tensor.Full(device, new Shape(), 0);
        _state = device.Allocate<uint>(StepState.Length);
        device.CopyFromHost<uint>(new uint[StepState.Length], State);
        (_mean, _std) = options.Model == ModelKind.Dcgan ? (0.5f, 0.5f) : (0f, 1f);
    }

    public Device Device { get; }

    public GanOptions Options { get; }

    public GeneratorNetwork NetG { get; }

    public DiscriminatorNetwork NetD { get; }

    public Adam AdamG { get; }

    public Adam AdamD { get; }

    /// <summary>The moving average of G's weights, with --ema.</summary>
    public WeightAverage? AverageG { get; }

    public MetricsRing Metrics { get; }

    /// <summary>The step state on the device.</summary>
    public DeviceSpan<uint> State => _state.AsSpan<uint>();

    /// <summary>
    /// Runs one step; nothing waits for the device. The first step of each kind (batch sizes, number of updates) is captured while it runs, later ones
    /// replay the capture.
    /// </summary>
    public void Step(StepPlace place)
    {
        PrepareImages(place);
        var kind = (place.Updates > 1 ? place.FirstRows : 0, place.LastRows, place.Updates);
        if (_plans.TryGetValue(kind, out StepPlan? plan))
        {
            plan.Replay();
        }
        else
        {
            _plans[kind] = Device.Capture(() => StepEagerly(place));
        }
        FinishStep(place);
    }

    /// <summary>Runs one step without capture or replay; the same bits.</summary>
    public void StepWithoutPlan(StepPlace place)
    {
        PrepareImages(place);
        StepEagerly(place);
        FinishStep(place);
    }

    /// <summary>The first images of a run as the networks get them, NHWC; before its first step. Waits for the device.</summary>
    public float[] PeekReal(int rows)
    {
        using DeviceBuffer x = Device.Allocate<float>((long)rows * _images.Elements);
        using DeviceBuffer? first = _images.Peek(rows);
        if (first is null)
        {
            Gather(_images.Pixels, _images.Slots, x.AsSpan<float>(), rows);
        }
        else
        {
            Gather(first.AsSpan<byte>(), rows, x.AsSpan<float>(), rows);
        }
        var values = new float[(long)rows * _images.Elements];
        Device.CopyToHost(x.AsSpan<float>(), values.AsSpan());
        return values;
    }

    private void PrepareImages(StepPlace place) =>
        _images.Prepare(place.Epoch, place.StepInEpoch * Options.DSteps * Options.BatchSize, checked((int)place.Images));

    private void FinishStep(StepPlace place)
    {
        if (place.EndsEpoch)
        {
            Device.Kernels.AdvanceState(State, StepField.Epoch, 1, WriteMode.Add);
            Device.Kernels.AdvanceState(State, StepField.Row, 0, WriteMode.Write);
            if (Options.LrDecay != 1)
            {
                AdamD.SetLearningRate(DecayedRate(Options.LrD ?? Options.Lr, place.Epoch + 1));
                AdamG.SetLearningRate(DecayedRate(Options.LrG ?? Options.Lr, place.Epoch + 1));
            }
        }
    }

    /// <summary>The first fault the device noted, or null; waits for the device.</summary>
    public Fault? ReadFault()
    {
        var words = new uint[StepState.Length];
        Device.CopyToHost(State, words.AsSpan());
        return Fault.From(words);
    }

    /// <summary>Multiplied epoch by epoch, as PyTorch's ExponentialLR, so that a resumed run has the same bits.</summary>
    private double DecayedRate(double rate, int epochs)
    {
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            rate *= Options.LrDecay;
        }
        return rate;
    }

    private void StepEagerly(StepPlace place)
    {
        using TensorScope scope = TensorScope.Begin();
        Tensor? fake = null;
        for (int update = 0; update < place.Updates; update++)
        {
            fake = UpdateDiscriminator(place, update);
        }
        UpdateGenerator(fake!, place.LastRows, place.Updates);
        Metrics.Record(State);
        Device.Kernels.AdvanceState(State, StepField.Step, 1, WriteMode.Add);
    }

    /// <summary>
    /// One update of D on a new real batch and a new fake one. Returns the fake batch, with its graph when it is dcgan's last update, because the
    /// generator's update goes back through it.
    /// </summary>
    private Tensor UpdateDiscriminator(StepPlace place, int update)
    {
        int rows = place.RowsOf(update);
        Tensor real = NextReal(rows);
        Tensor z = NextLatents(rows, update);
        Tensor fake = Generate(z, keepGraph: update == place.Updates - 1 && Options.Model == ModelKind.Dcgan);
        AdamD.ZeroGrad();
        Tensor lossReal = LossOf(NetD.Logits(WithNoise(real, rows, 3 * update)), isReal: true, Metrics.DX);
        lossReal.Backward(_one);
        Tensor lossFake = LossOf(NetD.Logits(WithNoise(fake.Detach(), rows, 3 * update + 1)), isReal: false, Metrics.DGz1);
        lossFake.Backward(_one);
        FiniteCheck[] checks =
        [
            AdamD.CheckOfParameters((uint)FaultSite.WeightD), AdamG.CheckOfParameters((uint)FaultSite.WeightG),
            CheckOf(lossReal, FaultSite.LossReal), CheckOf(lossFake, FaultSite.LossFake), AdamD.CheckOfGradients((uint)FaultSite.GradientD),
        ];
        Device.Kernels.CheckFinite(update == 0 ? checks : checks[2..], State);
        LimitGradients(AdamD, Metrics.GradNormD);
        AdamD.Step(State);
        Metrics.SetLossD(lossReal, lossFake);
        return fake;
    }

    /// <summary>One update of G through the updated, frozen D.</summary>
    private void UpdateGenerator(Tensor fake, int rows, int draw)
    {
        if (Options.Model == ModelKind.Mlp)
        {
            fake = Generate(NextLatents(rows, draw), keepGraph: true);
        }
        NetD.RequiresGrad(false);
        AdamG.ZeroGrad();
        Tensor loss = GeneratorLossOf(NetD.Logits(WithNoise(fake, rows, 3 * draw + 2)));
        loss.Backward(_one);
        Device.Kernels.CheckFinite([CheckOf(loss, FaultSite.LossG), AdamG.CheckOfGradients((uint)FaultSite.GradientG)], State);
        LimitGradients(AdamG, Metrics.GradNormG);
        AdamG.Step(State);
        AverageG?.Update(State);
        NetD.RequiresGrad(true);
        Metrics.SetLossG(loss);
    }

    private Tensor LossOf(Tensor logits, bool isReal, Tensor output) => Options.DLoss switch
    {
        DiscriminatorLoss.Hinge => logits.AdversarialLoss(LogitLoss.Hinge, isReal ? 1 : -1, output),
        DiscriminatorLoss.LeastSquares => logits.AdversarialLoss(LogitLoss.LeastSquares, isReal ? 1 - Options.LabelSmoothing : 0, output),
        _ => logits.BceWithLogitsLoss(isReal ? _realTarget : _zero, output),
    };

    private Tensor GeneratorLossOf(Tensor logits) => Options.DLoss switch
    {
        DiscriminatorLoss.Hinge => logits.AdversarialLoss(LogitLoss.Linear, -1, Metrics.DGz2),
        DiscriminatorLoss.LeastSquares => logits.AdversarialLoss(LogitLoss.LeastSquares, 1, Metrics.DGz2),
        _ when Options.Saturating => logits.BceWithLogitsLoss(_zero, Metrics.DGz2).Scale(-1),
        _ => logits.BceWithLogitsLoss(_one, Metrics.DGz2),
    };

    /// <summary>Noise on D's input, with --instance-noise: new for every image D sees.</summary>
    private Tensor WithNoise(Tensor images, int rows, int draw)
    {
        if (Options.InstanceNoise == 0)
        {
            return images;
        }
        Tensor noise = Tensor.Empty(Device, images.Shape);
        Device.Kernels.PhiloxNormal(noise.Data, rows, (int)(images.Length / rows), State, Options.Seed, RandomStream.InstanceNoise, draw, 0, 1);
        return images.AddDecayedNoise(noise, Options.InstanceNoise, Options.InstanceNoiseSteps, State);
    }

    /// <summary>Measures the gradients' norm where it is logged or limited, and limits it.</summary>
    private void LimitGradients(Adam adam, Tensor norm)
    {
        if (Options.GradNorms || Options.ClipGrad > 0)
        {
            adam.GradientNorm(norm.Data);
        }
        if (Options.ClipGrad > 0)
        {
            adam.ClipGradients(norm.Data, Options.ClipGrad);
        }
    }

    private static FiniteCheck CheckOf(Tensor loss, FaultSite site) => new(loss.Data, float.MaxValue, (uint)site);

    private Tensor Generate(Tensor z, bool keepGraph)
    {
        if (keepGraph)
        {
            return NetG.Forward(z);
        }
        using (Core.Autograd.GradMode.NoGrad())
        {
            return NetG.Forward(z);
        }
    }

    private Tensor NextReal(int rows)
    {
        Tensor x = Tensor.Empty(Device, NetD.InputShape(rows));
        Gather(_images.Pixels, _images.Slots, x.Data, rows);
        Device.Kernels.AdvanceState(State, StepField.Row, (uint)rows, WriteMode.Add);
        return x;
    }

    private void Gather(DeviceSpan<byte> slots, int count, DeviceSpan<float> x, int rows) =>
        Device.Kernels.GatherNormalize(slots, count, _images.Elements, x, rows, State, Options.Seed, Options.Shuffle && !_images.InOrder, _mean, _std);

    private Tensor NextLatents(int rows, int draw)
    {
        Tensor z = Tensor.Empty(Device, NetG.LatentShape(rows));
        if (_latents is null)
        {
            Device.Kernels.PhiloxNormal(z.Data, rows, Options.Nz, State, Options.Seed, RandomStream.Latent, draw, 0, 1);
        }
        else
        {
            Device.Kernels.TakeRows(_latents.Data, _latents.Shape[0], Options.Nz, z.Data, rows, State);
            Device.Kernels.AdvanceState(State, StepField.LatentRow, (uint)rows, WriteMode.Add);
        }
        return z;
    }

    public void Dispose()
    {
        foreach (StepPlan plan in _plans.Values)
        {
            plan.Dispose();
        }
        AverageG?.Dispose();
        AdamG.Dispose();
        AdamD.Dispose();
        NetG.Dispose();
        NetD.Dispose();
        Metrics.Dispose();
        _realTarget.Dispose();
        _one.Dispose();
        _zero.Dispose();
        _state.Dispose();
    }
}
