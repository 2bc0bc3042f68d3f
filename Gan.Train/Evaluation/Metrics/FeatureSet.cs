using System.Diagnostics.CodeAnalysis;

namespace Gan.Train.Evaluation.Metrics;

/// <summary>One vector an image: [Count][Width].</summary>
[SuppressMessage("Performance", "CA1819", Justification = "A matrix is its values.")]
internal sealed record FeatureSet(int Count, int Width, double[] Values)
{
    public ReadOnlySpan<double> Row(int i) => Values.AsSpan(i * Width, Width);
}
