using Gan.Kernels.Cpu;

namespace Gan.Kernels;

/// <summary>The order in which an epoch takes its images, as <see cref="IKernels.GatherNormalize"/> computes it on the device.</summary>
public static class EpochOrder
{
    /// <summary>images[i] = the image at position first + i of the epoch: its place in the permutation that (seed, epoch) give.</summary>
    /// <param name="images">Receives indices in [0, count).</param>
    /// <param name="first">First position; first + images.Length may not exceed <paramref name="count"/>.</param>
    /// <param name="count">Number of images.</param>
    /// <param name="seed">Key of the permutation.</param>
    /// <param name="epoch">From 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The positions do not lie in the epoch.</exception>
    public static void Fill(Span<int> images, int first, int count, ulong seed, uint epoch)
    {
        if (first < 0 || (long)first + images.Length > count)
        {
            throw new ArgumentOutOfRangeException(nameof(first), $"EpochOrder.Fill: positions [{first}, {(long)first + images.Length}) do not fit {count} images.");
        }
        var permutation = new Permutation((uint)count, seed, epoch);
        for (int i = 0; i < images.Length; i++)
        {
            images[i] = (int)permutation.Map((uint)(first + i));
        }
    }
}
