using System.Globalization;
using Gan.Train.Models;
using Gan.Train.Runs;
using Gan.Train.Settings;

namespace Gan.Train.Training;

/// <summary>
/// Watches the metrics and the fixed-noise samples for the two common ways in which a GAN stops learning without any number overflowing, and
/// warns once an episode.
/// </summary>
/// <param name="wonBelow">
/// D has won while its loss, averaged over <see cref="Window"/> steps, stays below this: see <see cref="WonBelow"/>.
/// </param>
/// <param name="realDiversity">Diversity of real images, measured as <see cref="Diversity"/> does.</param>
internal sealed class HealthMonitor(float wonBelow, double realDiversity)
{
    /// <summary>Steps over which D's loss is averaged: longer than the swings of a run that learns.</summary>
    public const int Window = 500;

    /// <summary>Steps before samples are judged: an untrained G is grey everywhere.</summary>
    public const long SamplesFrom = 1000;

    private readonly float[] _losses = new float[Window];
    private double _sum, _peak;
    private long _count;
    private bool _won, _collapsed, _lowBefore;

    /// <summary>
    /// The threshold of a run's loss. For cross-entropy D(x) above 0.97 (of its target) and D(G(z)) below 0.03 are less than 0.06 above the least loss
    /// possible; for hinge it is 0.06 of 2 as well; for least squares an output 0.1 away from each target.
    /// </summary>
    public static float WonBelow(GanOptions options)
    {
        double t = 1 - options.LabelSmoothing;
        double entropy = options.LabelSmoothing == 0 ? 0 : -(t * Math.Log(t) + (1 - t) * Math.Log(1 - t));
        return options.DLoss switch
        {
            DiscriminatorLoss.Hinge => 0.06f,
            DiscriminatorLoss.LeastSquares => 0.01f,
            _ => (float)(entropy + 0.06),
        };
    }

    /// <summary>Takes a step's metrics; a warning when D has just been found to have won.</summary>
    public RunWarning? Observe(in MetricsLine line)
    {
        ref float slot = ref _losses[_count % Window];
        _sum += line.LossD - (_count >= Window ? slot : 0);
        slot = line.LossD;
        _count++;
        double mean = _sum / Window;
        if (_count < Window || mean >= wonBelow)
        {
            // the episode ends only well above, so that a loss near the threshold does not warn again and again
            _won &= _count >= Window && mean < 2 * wonBelow;
            return null;
        }
        return Begins(ref _won)
            ? new RunWarning(line.Step, "discriminator-won", string.Create(CultureInfo.InvariantCulture,
                $"the discriminator has won: over the last {Window} steps its loss was {mean:0.000} on average (now D(x) {line.DX:0.00}, D(G(z)) {line.DGz1:0.00}), so G hardly learns from it. "
                + $"Usual remedies: a smaller rate for D (--lr-d), --label-smoothing 0.1, --instance-noise 0.1, --spectral-norm, fewer --d-steps, or a narrower D (--ndf)."))
            : null;
    }

    /// <summary>Takes the fixed-noise samples' diversity; a warning when they have just been found to have become alike.</summary>
    /// <param name="finishedSteps">Steps done.</param>
    /// <param name="diversity">As <see cref="Diversity"/> gives it.</param>
    public RunWarning? ObserveSamples(long finishedSteps, double diversity)
    {
        _peak = Math.Max(_peak, diversity);
        bool low = finishedSteps >= SamplesFrom && (diversity < 0.05 * realDiversity || (diversity < 0.35 * realDiversity && diversity < 0.5 * _peak));
        (bool twice, _lowBefore) = (low && _lowBefore, low);
        if (!low)
        {
            _collapsed = false;
        }
        return twice && Begins(ref _collapsed)
            ? new RunWarning(finishedSteps, "generator-collapsed", string.Create(CultureInfo.InvariantCulture,
                $"the generator has collapsed: its samples differ from one another {diversity / realDiversity:0%} as much as real images do ({_peak / realDiversity:0%} at best in this run). "
                + $"Usual remedies: go back to an earlier checkpoint, smaller rates (--lr, --lr-g), --instance-noise 0.1, --label-smoothing 0.1, --spectral-norm, another --d-loss (hinge), or a larger --batch-size."))
            : null;
    }

    /// <summary>Root of the mean variance of a pixel over images: 0 when all are the same. In the units of the pixels.</summary>
    /// <param name="images">count images, one after another.</param>
    /// <param name="count">At least 1.</param>
    public static double Diversity(ReadOnlySpan<float> images, int count)
    {
        int elements = images.Length / count;
        double total = 0;
        for (int i = 0; i < elements; i++)
        {
            double sum = 0, squares = 0;
            for (int n = 0; n < count; n++)
            {
                double v = images[n * elements + i];
                (sum, squares) = (sum + v, squares + v * v);
            }
            total += Math.Max(0, squares / count - sum / count * (sum / count));
        }
        return Math.Sqrt(total / Math.Max(1, elements));
    }

    private static bool Begins(ref bool episode) => !episode && (episode = true);
}
