namespace Gan.Train.Runs;

/// <summary>The curves of a run, by their place in <see cref="MetricsSeries.Curves"/>.</summary>
internal enum Metric
{
    LossD,
    LossG,
    DX,
    DGz1,
    DGz2,
}

/// <summary>What is shown of metrics.jsonl: whole curves in bounded memory, and the values of the latest steps.</summary>
internal sealed class MetricsSeries
{
    /// <summary>Latest steps whose values are kept.</summary>
    public const int Window = 1000;

    private readonly List<float>[] _recent = [.. Enum.GetValues<Metric>().Select(static _ => new List<float>())];

    /// <summary>Steps added.</summary>
    public long Count { get; private set; }

    /// <summary>All steps; a curve for each <see cref="Metric"/>.</summary>
    public CurvePoints Curves { get; } = new(Enum.GetValues<Metric>().Length);

    /// <summary>The last line added.</summary>
    public MetricsLine Latest { get; private set; }

    /// <summary>At least the last <see cref="Window"/> values there are.</summary>
    public IReadOnlyList<float> Recent(Metric metric) => _recent[(int)metric];

    /// <summary>Appends a step.</summary>
    public void Add(in MetricsLine line)
    {
        ReadOnlySpan<float> values = [line.LossD, line.LossG, line.DX, line.DGz1, line.DGz2];
        Curves.Add(line.Step, values);
        for (int m = 0; m < values.Length; m++)
        {
            if (_recent[m].Count == 2 * Window)
            {
                _recent[m].RemoveRange(0, Window);
            }
            _recent[m].Add(values[m]);
        }
        (Latest, Count) = (line, Count + 1);
    }
}
