using Gan.Core;
using Gan.Core.Autograd;
using Gan.Core.Random;
using Gan.Kernels;
using Gan.Train.Models;

namespace Gan.Train.Training;

/// <summary>Runs a generator without changing any training state.</summary>
internal static class Sampler
{
    /// <summary>Images a pass. Fixed, and the last pass is filled up, so that an image does not depend on what it is made together with.</summary>
    public const int PassRows = 64;

    /// <summary>Latents drawn for pictures and files: rows [0, count) of a stream that training never uses.</summary>
    public static float[] DrawLatents(Device device, ulong seed, RandomStream stream, int count, int nz)
    {
        using Tensor z = new Generator(seed, stream).Normal(device, new Shape(count, nz));
        return z.ToArray();
    }

    /// <summary>Images of the given latents, [count, C, H, W] flattened in that order, with running statistics.</summary>
    public static float[] Generate(GeneratorNetwork netG, Device device, ReadOnlySpan<float> latents, int count, CancellationToken interrupt = default)
    {
        int elements = (int)netG.ImageShape(1).Length, nz = netG.Nz;
        var images = new float[(long)count * elements];
        var rows = new float[PassRows * nz];
        for (int first = 0; first < count; first += PassRows)
        {
            interrupt.ThrowIfCancellationRequested();
            int taken = Math.Min(PassRows, count - first);
            Array.Clear(rows);
            latents.Slice(first * nz, taken * nz).CopyTo(rows);
            float[] pass = Forward(netG, device, rows, PassRows, batchStatistics: false);
            pass.AsSpan(0, taken * elements).CopyTo(images.AsSpan(first * elements));
        }
        return images;
    }

    /// <summary>Images of the given latents as one batch, normalised by its own statistics; the running ones are not to be used afterwards.</summary>
    public static float[] GenerateWithBatchStatistics(GeneratorNetwork netG, Device device, ReadOnlySpan<float> latents, int count) =>
        Forward(netG, device, latents, count, batchStatistics: true);

    private static float[] Forward(GeneratorNetwork netG, Device device, ReadOnlySpan<float> latents, int rows, bool batchStatistics)
    {
        bool training = netG.Training;
        using TensorScope scope = TensorScope.Begin();
        using GradMode.NoGradScope noGrad = GradMode.NoGrad();
        netG.Train(batchStatistics);
        try
        {
            return netG.Forward(Tensor.FromArray(device, latents, netG.LatentShape(rows))).ToArray();
        }
        finally
        {
            netG.Train(training);
        }
    }
}
