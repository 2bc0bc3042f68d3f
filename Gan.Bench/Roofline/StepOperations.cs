using Gan.Bench.Cases;
using Gan.Train.Settings;

namespace Gan.Bench.Roofline;

/// <summary>
/// Textbook operations of the work that a training step needs (docs/training.md, What one step is, K = 1), by its convolutions and products alone:
/// D forward on real, on fake, and on fake again after its update; D's weight gradients in its own two passes only; data gradients of every layer but
/// the first in those passes, of every layer in G's pass, since the image's gradient goes on into G; G's weight gradients, and its data gradients but
/// for the first layer, whose input is noise. G runs forward once a step (dcgan) or for each network's update (mlp).
/// </summary>
internal static class StepOperations
{
    public static long Of(ModelKind model, int batch) => model == ModelKind.Dcgan
        ? Count([.. Layers.Generator(batch).Select(static l => l.Dims.Operations)], [.. Layers.Discriminator(batch).Select(static l => l.Dims.Operations)], 1)
        : Count([.. Layers.MlpGenerator.Select(l => l.Operations(batch))], [.. Layers.MlpDiscriminator.Select(l => l.Operations(batch))], 2);

    /// <summary>A layer's forward pass, data gradient and weight gradient are the same number of operations.</summary>
    private static long Count(long[] g, long[] d, int generatorForwards)
    {
        long generator = g.Sum(), discriminator = d.Sum();
        long forward = 3 * discriminator + generatorForwards * generator;
        long weightGradients = 2 * discriminator + generator;
        long dataGradients = 2 * (discriminator - d[0]) + discriminator + (generator - g[0]);
        return forward + weightGradients + dataGradients;
    }
}
