using Gan.Core;
using Gan.Core.Autograd;
using Gan.Kernels;
using Gan.Train.Data.Synthetic;

namespace Gan.Train.Evaluation.Metrics;

/// <summary>
/// Sliced Wasserstein distance between patches of two sets of images, a value a level of the Laplacian pyramid (Karras et al. 2018, section 5): 7 x 7 patches of all channels at
/// random places, each channel brought to mean 0 and deviation 1 over a set; along each of 512 random directions the mean distance between the sorted
/// projections; the mean over directions, times 1000.
/// </summary>
internal static class SlicedWasserstein
{
    /// <summary>Side of a patch.</summary>
    public const int Side = 7;

    /// <summary>Directions; the paper's 4 x 128.</summary>
    public const int Directions = 512;

    /// <summary>The paper stops at 16 pixels; 14 gives MNIST's 28 a second level.</summary>
    public const int SmallestLevel = 14;

    /// <summary>Patches a level and set; the paper has 128 an image, which is the limit here too.</summary>
    private const int MaxPatches = 1 << 15, MaxPatchesAnImage = 128;

    private const int Block = 64;

    /// <summary>Sizes of the levels for images of a size; empty where no patch fits.</summary>
    public static (int Height, int Width)[] Levels(int height, int width) =>
        Math.Min(height, width) < Side ? [] : LaplacianPyramid.Sizes(height, width, SmallestLevel);

    /// <summary>The distance at each level.</summary>
    /// <param name="device">Computes the projections.</param>
    /// <param name="a">As many images as <paramref name="b"/>.</param>
    /// <param name="b">The other set.</param>
    /// <param name="seed">Of places and directions.</param>
    public static double[] Compute(Device device, PixelSet a, PixelSet b, ulong seed)
    {
        (int Height, int Width)[] sizes = Levels(a.Height, a.Width);
        int patches = Math.Clamp(MaxPatches / a.Count, 1, MaxPatchesAnImage), width = a.Channels * Side * Side;
        float[] directions = UnitDirections(width, seed);
        float[][] left = Descriptors(a, sizes, Places(a.Count, patches, sizes, seed, 1)), right = Descriptors(b, sizes, Places(b.Count, patches, sizes, seed, 2));
        return [.. sizes.Select((_, level) => 1000 * Distance(device, left[level], right[level], width, directions, Directions))];
    }

    /// <summary>For each image, level and patch its upper left corner.</summary>
    private static (int Y, int X)[][][] Places(int images, int patches, (int Height, int Width)[] sizes, ulong seed, ulong set) =>
    [
        .. Enumerable.Range(0, images).Select(i =>
        {
            var random = new HashRandom(seed, 0x535744_00 + set, i);
            return sizes.Select(s => Enumerable.Range(0, patches)
                .Select(_ => (random.Pick(s.Height - Side + 1), random.Pick(s.Width - Side + 1))).ToArray()).ToArray();
        }),
    ];

    /// <summary>Patches of every level, [patches][channel, y, x], normalised.</summary>
    /// <param name="images">The set.</param>
    /// <param name="sizes">Of the levels.</param>
    /// <param name="places">Of the patches: [image][level][patch].</param>
    internal static float[][] Descriptors(PixelSet images, (int Height, int Width)[] sizes, (int Y, int X)[][][] places)
    {
        int c = images.Channels, width = c * Side * Side, patches = places[0][0].Length;
        var levels = Array.ConvertAll(sizes, _ => new float[images.Count * patches * width]);
        Parallel.For(0, images.Count, i =>
        {
            for (int channel = 0; channel < c; channel++)
            {
                double[][] pyramid = LaplacianPyramid.Build(images.Plane(i, channel), sizes);
                for (int level = 0; level < sizes.Length; level++)
                {
                    for (int p = 0; p < patches; p++)
                    {
                        (int y, int x) = places[i][level][p];
                        int to = (i * patches + p) * width + channel * Side * Side;
                        for (int k = 0; k < Side * Side; k++)
                        {
                            levels[level][to + k] = (float)pyramid[level][(y + k / Side) * sizes[level].Width + x + k % Side];
                        }
                    }
                }
            }
        });
        foreach (float[] level in levels)
        {
            Normalise(level, c);
        }
        return levels;
    }

    /// <summary>Mean distance between the sorted projections of two sets of descriptors.</summary>
    /// <param name="device">Computes the projections.</param>
    /// <param name="a">[count][width].</param>
    /// <param name="b">As many.</param>
    /// <param name="width">Numbers a descriptor.</param>
    /// <param name="directions">[width][count of directions].</param>
    /// <param name="count">Of directions.</param>
    internal static double Distance(Device device, float[] a, float[] b, int width, float[] directions, int count)
    {
        double sum = 0;
        for (int first = 0; first < count; first += Block)
        {
            int taken = Math.Min(Block, count - first);
            var block = new float[width * taken];
            for (int i = 0; i < block.Length; i++)
            {
                block[i] = directions[i / taken * count + first + i % taken];
            }
            float[][] left = Sorted(Project(device, a, width, block, taken), taken), right = Sorted(Project(device, b, width, block, taken), taken);
            for (int d = 0; d < taken; d++)
            {
                for (int i = 0; i < left[d].Length; i++)
                {
                    sum += Math.Abs((double)left[d][i] - right[d][i]);
                }
            }
        }
        return sum / count / (a.Length / width);
    }

    private static float[] Project(Device device, float[] descriptors, int width, float[] directions, int count)
    {
        using TensorScope scope = TensorScope.Begin();
        using GradMode.NoGradScope noGrad = GradMode.NoGrad();
        Tensor x = Tensor.FromArray(device, descriptors, new Shape(descriptors.Length / width, width));
        return x.MatMul(Tensor.FromArray(device, directions, new Shape(width, count))).ToArray();
    }

    private static float[][] Sorted(float[] projections, int columns)
    {
        int rows = projections.Length / columns;
        var sorted = new float[columns][];
        Parallel.For(0, columns, c =>
        {
            float[] column = new float[rows];
            for (int r = 0; r < rows; r++)
            {
                column[r] = projections[r * columns + c];
            }
            Array.Sort(column);
            sorted[c] = column;
        });
        return sorted;
    }

    /// <summary>Normal numbers, each direction scaled to length 1: uniform on the sphere. [width][Directions].</summary>
    private static float[] UnitDirections(int width, ulong seed)
    {
        var values = new float[width * Directions];
        for (int d = 0; d < Directions; d++)
        {
            var random = new HashRandom(seed, 0x535744_10, d);
            double[] direction = [.. Enumerable.Range(0, width).Select(_ => Math.Sqrt(-2 * Math.Log(1 - random.Uniform())) * Math.Cos(Math.Tau * random.Uniform()))];
            double length = Math.Sqrt(direction.Sum(static v => v * v));
            for (int i = 0; i < width; i++)
            {
                values[i * Directions + d] = (float)(direction[i] / length);
            }
        }
        return values;
    }

    /// <summary>Mean 0 and deviation 1 for each channel over all descriptors; a constant channel becomes 0.</summary>
    private static void Normalise(float[] descriptors, int channels)
    {
        const int area = Side * Side;
        for (int c = 0; c < channels; c++)
        {
            double sum = 0, squares = 0;
            long count = descriptors.Length / channels;
            for (int at = c * area; at < descriptors.Length; at += channels * area)
            {
                foreach (float v in descriptors.AsSpan(at, area))
                {
                    sum += v;
                }
            }
            double mean = sum / count;
            for (int at = c * area; at < descriptors.Length; at += channels * area)
            {
                foreach (float v in descriptors.AsSpan(at, area))
                {
                    squares += (v - mean) * (v - mean);
                }
            }
            double deviation = Math.Sqrt(squares / count), scale = deviation > 0 ? 1 / deviation : 0;
            for (int at = c * area; at < descriptors.Length; at += channels * area)
            {
                foreach (ref float v in descriptors.AsSpan(at, area))
                {
                    v = (float)((v - mean) * scale);
                }
            }
        }
    }
}
