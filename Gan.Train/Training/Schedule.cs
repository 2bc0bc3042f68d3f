using Gan.Train.Models;
using Gan.Train.Settings;

namespace Gan.Train.Training;

/// <summary>One training step's place: its epoch, and how many rows each discriminator update takes.</summary>
/// <param name="Step">From 0, over the whole run.</param>
/// <param name="Epoch">From 0.</param>
/// <param name="StepInEpoch">From 0.</param>
/// <param name="FirstRows">Rows of every discriminator update but the last.</param>
/// <param name="LastRows">Rows of the last discriminator update, which the generator's update shares.</param>
/// <param name="Updates">Discriminator updates; fewer than K where the epoch runs out of batches.</param>
/// <param name="EndsEpoch">Whether the epoch's images are used up after it.</param>
internal readonly record struct StepPlace(long Step, int Epoch, int StepInEpoch, int FirstRows, int LastRows, int Updates, bool EndsEpoch)
{
    public int RowsOf(int update) => update == Updates - 1 ? LastRows : FirstRows;

    /// <summary>Images the step's discriminator updates take.</summary>
    public long Images => (long)FirstRows * (Updates - 1) + LastRows;
}

/// <summary>
/// How epochs fall into steps: batches = ceil(count / batch), steps an epoch = ceil(batches / K). The last batch may be partial; the last step of an
/// epoch does fewer discriminator updates when K does not divide the batches.
/// </summary>
internal sealed class Schedule
{
    private readonly int _count, _batch, _dSteps;

    public Schedule(int count, int batchSize, int dSteps, int? epochs, long? steps)
    {
        (_count, _batch, _dSteps) = (count, batchSize, dSteps);
        Batches = (count + batchSize - 1) / batchSize;
        StepsPerEpoch = (Batches + dSteps - 1) / dSteps;
        long byEpochs = epochs is { } e ? (long)e * StepsPerEpoch : long.MaxValue;
        TotalSteps = Math.Min(byEpochs, steps ?? long.MaxValue);
        Epochs = (int)Math.Min(int.MaxValue, (TotalSteps + StepsPerEpoch - 1) / StepsPerEpoch);
    }

    public int Batches { get; }

    /// <summary>Images of the data set.</summary>
    public int ImageCount => _count;

    public int StepsPerEpoch { get; }

    /// <summary>Steps of the whole run, from its first.</summary>
    public long TotalSteps { get; }

    /// <summary>Epochs begun by the end of the run.</summary>
    public int Epochs { get; }

    public StepPlace this[long step]
    {
        get
        {
            int inEpoch = (int)(step % StepsPerEpoch);
            int firstBatch = inEpoch * _dSteps;
            int updates = Math.Min(_dSteps, Batches - firstBatch);
            int lastBatch = firstBatch + updates - 1;
            int lastRows = Math.Min(_batch, _count - lastBatch * _batch);
            return new(step, (int)(step / StepsPerEpoch), inEpoch, _batch, lastRows, updates, inEpoch == StepsPerEpoch - 1);
        }
    }

    /// <summary>Latent rows drawn by steps [from, to): one draw a discriminator update, and for the mlp one more for the generator.</summary>
    public long LatentRows(long from, long to, ModelKind model)
    {
        long Rows(long step)
        {
            StepPlace place = this[step];
            return place.Images + (model == ModelKind.Mlp ? place.LastRows : 0);
        }

        long first = Math.Min(to, (from + StepsPerEpoch - 1) / StepsPerEpoch * StepsPerEpoch), total = 0;
        for (long s = from; s < first; s++)
        {
            total += Rows(s);
        }
        long whole = (to - first) / StepsPerEpoch;
        if (whole > 0)
        {
            long epoch = 0;
            for (long s = 0; s < StepsPerEpoch; s++)
            {
                epoch += Rows(s);
            }
            total += whole * epoch;
        }
        for (long s = first + whole * StepsPerEpoch; s < to; s++)
        {
            total += Rows(s);
        }
        return total;
    }
}
