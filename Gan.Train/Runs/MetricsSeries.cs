namespace Gan.Train.Runs;

/// <summary>The columns of metrics.jsonl, one entry a step.</summary>
internal sealed class MetricsSeries
{
    public int Count => Step.Count;

    public List<long> Step { get; } = [];

    public List<int> Epoch { get; } = [];

    public List<float> LossD { get; } = [];

    public List<float> LossG { get; } = [];

    public List<float> DX { get; } = [];

    public List<float> DGz1 { get; } = [];

    public List<float> DGz2 { get; } = [];

    /// <summary>The rows again.</summary>
    public IEnumerable<MetricsLine> Lines()
    {
        for (int i = 0; i < Count; i++)
        {
            yield return new MetricsLine(Step[i], Epoch[i], LossD[i], LossG[i], DX[i], DGz1[i], DGz2[i]);
        }
    }

    /// <summary>The last line added; there must be one.</summary>
    public MetricsLine Latest => new(Step[^1], Epoch[^1], LossD[^1], LossG[^1], DX[^1], DGz1[^1], DGz2[^1]);

    public void Add(in MetricsLine line)
    {
        Step.Add(line.Step);
        Epoch.Add(line.Epoch);
        LossD.Add(line.LossD);
        LossG.Add(line.LossG);
        DX.Add(line.DX);
        DGz1.Add(line.DGz1);
        DGz2.Add(line.DGz2);
    }
}
