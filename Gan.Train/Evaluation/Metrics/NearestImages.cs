using Gan.Train.Data;

namespace Gan.Train.Evaluation.Metrics;

/// <summary>The real images nearest to a generated one, by the sum of squared differences of bytes; and images that are real ones to the last byte.</summary>
internal static class NearestImages
{
    /// <summary>Indices of the nearest real images for the first <paramref name="shown"/> generated ones, nearest first.</summary>
    public static int[][] Find(PixelSet generated, ImageDataset real, int shown, int neighbours)
    {
        var nearest = new int[shown][];
        Parallel.For(0, shown, i =>
        {
            var distances = new (long Distance, int Index)[real.Count];
            for (int j = 0; j < real.Count; j++)
            {
                distances[j] = (Squared(generated.Image(i), real.Image(j)), j);
            }
            Array.Sort(distances);
            nearest[i] = [.. distances.Take(neighbours).Select(static d => d.Index)];
        });
        return nearest;
    }

    /// <summary>The part of <paramref name="images"/> that is byte for byte one of <paramref name="others"/>.</summary>
    public static double CopyRate(PixelSet images, IEnumerable<ReadOnlyMemory<byte>> others)
    {
        var known = new HashSet<UInt128>();
        foreach (ReadOnlyMemory<byte> other in others)
        {
            known.Add(Hash(other.Span));
        }
        return (double)Enumerable.Range(0, images.Count).Count(i => known.Contains(Hash(images.Image(i)))) / images.Count;
    }

    private static UInt128 Hash(ReadOnlySpan<byte> image) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(System.Security.Cryptography.SHA256.HashData(image));

    private static long Squared(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        long sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            int d = a[i] - b[i];
            sum += d * d;
        }
        return sum;
    }
}
