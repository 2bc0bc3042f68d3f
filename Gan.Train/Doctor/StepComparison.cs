using System.Runtime.InteropServices;
using Gan.Core.Serialization;
using Gan.Kernels;
using Gan.Train.Models;
using Gan.Train.Runs;
using Gan.Train.Training;

namespace Gan.Train.Doctor;

/// <summary>Outcome of the training steps of one model.</summary>
/// <param name="Model">dcgan or mlp.</param>
/// <param name="Steps">Steps compared.</param>
/// <param name="Error">Largest difference in a tensor, relative to its largest value.</param>
/// <param name="Worst">Which tensor, and in which step.</param>
/// <param name="Allowed">Largest <paramref name="Error"/> that passes.</param>
/// <param name="MomentError">Largest distance of a net's moments, relative to their length.</param>
/// <param name="MomentsAllowed">Largest <paramref name="MomentError"/> that passes.</param>
/// <param name="Repeats">Whether the same steps run twice gave the same bits.</param>
/// <param name="Milliseconds">A replayed step on the device under test, median.</param>
internal sealed record StepResult(string Model, int Steps, double Error, string Worst, double Allowed, double MomentError, double MomentsAllowed, bool Repeats, double Milliseconds)
{
    public bool Ok => Error <= Allowed && MomentError <= MomentsAllowed && Repeats;
}

/// <summary>
/// Single training steps: the yardstick trains; before each of its steps its state is copied to the device under test, both do the step, and everything
/// a checkpoint holds is compared, and the metrics. One step at a time, because free-running training is chaotic: a ReLU that flips sends two runs
/// apart. Then the device alone runs the same steps twice.
/// <para>
/// Parameters, statistics, losses and probabilities are compared tensor by tensor. Adam's moments, which are the gradients, are compared a net at a time
/// by their Euclidean distance: where a share f of the pre-activations lies so near a kink that the operands' rounding decides the side, the gradient is
/// off by about the root of f in any right implementation, and more in a single small tensor.
/// </para>
/// </summary>
internal sealed class StepComparison(Device device, Precision precision, Device yardstick)
{
    private const int Images = 64;

    /// <summary>Steps that the yardstick trains first. Adam's first updates are the gradients' signs, and shifts grow from zero: both magnify rounding.</summary>
    private const int WarmUp = 40;

    /// <summary>As docs/gpu.md promises.</summary>
    public double Allowed => precision switch
    {
        Precision.Tf32 => 1e-2,
        Precision.Bf16 => 5e-2,
        _ => 1e-3,
    };

    /// <summary>Twice what was measured on the emulator in TF32 and bfloat16; a kernel that is wrong gives about 1.</summary>
    private double MomentsAllowed => precision switch
    {
        Precision.Tf32 => 0.15,
        Precision.Bf16 => 0.3,
        _ => 1e-3,
    };

    /// <param name="options">The networks.</param>
    /// <param name="steps">Steps to compare.</param>
    public StepResult Run(GanOptions options, int steps)
    {
        using var expected = new Side(yardstick, options);
        using var found = new Side(device, options);
        for (int i = 0; i < WarmUp; i++)
        {
            expected.Step();
        }
        List<List<HostTensor>> start = expected.State();
        (double worst, double moments, string where) = (0, 0, "none");
        for (int i = 0; i < steps; i++)
        {
            found.Restore(expected.State(), expected.Finished);
            expected.Step();
            found.Step();
            (HostTensor Expected, HostTensor Found)[] pairs = [.. expected.Numbers().Zip(found.Numbers())];
            foreach ((HostTensor e, HostTensor f) in pairs.Where(static p => MomentsOf(p.Expected) is null))
            {
                double error = Error(f, e);
                if (!(error <= worst))
                {
                    (worst, where) = (error, $"{e.Name}, step {i + 1}");
                }
            }
            foreach (IGrouping<string?, (HostTensor, HostTensor)> net in pairs.GroupBy(static p => MomentsOf(p.Expected)).Where(static g => g.Key is not null))
            {
                moments = Math.Max(moments, Distance(net));
            }
        }
        byte[] once = Repeat(found, start, steps, out double milliseconds), again = Repeat(found, start, steps, out _);
        return new(options.Model.ToString().ToLowerInvariant(), steps, worst, where, Allowed, moments, MomentsAllowed, once.AsSpan().SequenceEqual(again), milliseconds);
    }

    private static byte[] Repeat(Side side, List<List<HostTensor>> start, int steps, out double milliseconds)
    {
        side.Restore(start, WarmUp);
        var times = new double[steps];
        for (int i = 0; i < steps; i++)
        {
            long before = System.Diagnostics.Stopwatch.GetTimestamp();
            side.Step();
            side.Wait();
            times[i] = System.Diagnostics.Stopwatch.GetElapsedTime(before).TotalMilliseconds;
        }
        Array.Sort(times);
        milliseconds = times[steps / 2];
        using var bytes = new MemoryStream();
        foreach (HostTensor tensor in side.Numbers())
        {
            bytes.Write(tensor.Bytes.Span);
        }
        return bytes.ToArray();
    }

    private static double Error(HostTensor found, HostTensor expected) => expected.DType switch
    {
        TensorDType.F32 => CheckBuffers.Error<float>(MemoryMarshal.Cast<byte, float>(found.Bytes.Span), MemoryMarshal.Cast<byte, float>(expected.Bytes.Span)),
        _ => found.Bytes.Span.SequenceEqual(expected.Bytes.Span) ? 0 : double.PositiveInfinity,
    };

    /// <summary>"netG.exp_avg" and the like for a moment of a parameter; null for anything else.</summary>
    private static string? MomentsOf(HostTensor tensor) =>
        tensor.Name.Contains(".exp_avg", StringComparison.Ordinal) ? $"{tensor.Name.Split('.')[0]}.{tensor.Name.Split('.')[^1]}" : null;

    /// <summary>|found - expected| / |expected| of all tensors as one vector; infinite where something is not finite.</summary>
    private static double Distance(IEnumerable<(HostTensor Expected, HostTensor Found)> tensors)
    {
        double difference = 0, scale = 0;
        foreach ((HostTensor expected, HostTensor found) in tensors)
        {
            (float[] e, float[] f) = (expected.ToFloat32(), found.ToFloat32());
            for (int i = 0; i < e.Length; i++)
            {
                difference += ((double)f[i] - e[i]) * ((double)f[i] - e[i]);
                scale += (double)e[i] * e[i];
            }
        }
        double distance = difference == 0 ? 0 : Math.Sqrt(difference / scale);
        return double.IsFinite(distance) ? distance : double.PositiveInfinity;
    }

    /// <summary>A trainer on one device, with the same images as the other.</summary>
    private sealed class Side : IDisposable
    {
        private readonly Schedule _schedule;
        private readonly ImageStore _images;
        private readonly GanTrainer _trainer;

        public unsafe Side(Device device, GanOptions options)
        {
            int elements = options.ImageSize * options.ImageSize * options.Nc;
            var pixels = new byte[Images * elements];
            new Random(20151119).NextBytes(pixels);
            fixed (byte* p = pixels)
            {
                _images = new ImageStore(device, p, Images, elements);
            }
            _trainer = new GanTrainer(device, options, _images, null);
            _schedule = new Schedule(Images, options.BatchSize, options.DSteps, null, long.MaxValue);
        }

        /// <summary>Steps this side's state has behind it.</summary>
        public long Finished { get; private set; }

        public void Step() => _trainer.Step(_schedule[Finished++]);

        public void Wait() => _trainer.Device.Synchronize();

        public List<List<HostTensor>> State()
        {
            Dictionary<string, List<HostTensor>> state = TrainerState.Capture(_trainer);
            return [state[TrainerState.NetG], state[TrainerState.NetD], state[TrainerState.Optimizer]];
        }

        public void Restore(List<List<HostTensor>> state, long finished)
        {
            TrainerState.Restore(_trainer, File(state[0]), File(state[1]), File(state[2]));
            Finished = finished;
        }

        /// <summary>Everything a checkpoint holds, and the latest step's metrics.</summary>
        public List<HostTensor> Numbers()
        {
            List<List<HostTensor>> state = State();
            MetricsLine m = _trainer.Metrics.Read(Finished - 1, Finished, _schedule)[0];
            return
            [
                .. Named("netG", state[0]), .. Named("netD", state[1]), .. state[2],
                HostTensor.FromFloat32("losses", [2], [m.LossD, m.LossG]), HostTensor.FromFloat32("probabilities", [3], [m.DX, m.DGz1, m.DGz2]),
            ];
        }

        public void Dispose()
        {
            _trainer.Dispose();
            _images.Dispose();
        }

        private static IEnumerable<HostTensor> Named(string net, List<HostTensor> tensors) =>
            tensors.Select(t => new HostTensor($"{net} {t.Name}", t.DType, t.Shape, t.Bytes));

        private static SafetensorsFile File(List<HostTensor> tensors)
        {
            using var stream = new MemoryStream();
            Safetensors.Write(stream, tensors);
            return Safetensors.Parse(stream.ToArray());
        }
    }
}
