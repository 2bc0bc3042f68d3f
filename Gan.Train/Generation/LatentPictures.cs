using Gan.Core.Random;
using Gan.Kernels;
using Gan.Train.Data.Codecs.Gif;
using Gan.Train.Models;
using Gan.Train.Reports;
using Gan.Train.Runs;
using Gan.Train.Settings;
using Gan.Train.Training;

namespace Gan.Train.Generation;

/// <summary>Pictures that show the space of latents: the way from one to the next, and sums and differences.</summary>
/// <param name="netG">The generator.</param>
/// <param name="device">Where it runs.</param>
/// <param name="folder">Where the pictures go.</param>
/// <param name="interrupt">Stops between passes.</param>
internal sealed class LatentPictures(GeneratorNetwork netG, Device device, string folder, CancellationToken interrupt)
{
    /// <summary>Pictures of an animation.</summary>
    public const int MaxFrames = 2048;

    private const int FrameDelay = 6; // hundredths of a second
    private const int RestDelay = 40;
    private const int MaxStripRows = 16;
    private const int LeastSide = 112; // smaller frames are enlarged by a whole factor
    private const float NeighbourNoise = 0.25f; // Radford et al. 2015, figure 7

    private float Low => netG is MlpGenerator ? 0f : -1f;

    /// <summary>Refuses what would have too many frames, before any work.</summary>
    /// <exception cref="UsageException">Too few latents, or too many frames.</exception>
    public static void CheckInterpolation(int count, int steps)
    {
        if (count < 2)
        {
            throw new UsageException($"--interpolate {steps}: it goes from one latent to the next, and there is {count}; give --count 2 or more.");
        }
        if ((long)count * steps > MaxFrames)
        {
            throw new UsageException($"--interpolate {steps}: {count} latents make {(long)count * steps} pictures, {MaxFrames} are possible; give a smaller --count or N.");
        }
    }

    /// <summary>
    /// interpolation.gif goes through all latents and back to the first, <paramref name="steps"/> pictures from each to the next. interpolation.png has a row for each of
    /// the first 16 ways, both ends included.
    /// </summary>
    public void Interpolate(ReadOnlySpan<float> latents, int count, int steps, InterpolationKind kind)
    {
        int nz = netG.Nz, elements = (int)netG.ImageShape(1).Length, size = netG.ImageShape(1)[2], stripRows = Math.Min(count, MaxStripRows);
        List<GifFrame> frames = [];
        var strip = new float[stripRows * (steps + 1) * elements];
        for (int from = 0; from < count; from++)
        {
            ReadOnlySpan<float> a = latents.Slice(from * nz, nz), b = latents.Slice((from + 1) % count * nz, nz);
            var way = new float[(steps + 1) * nz];
            for (int k = 0; k <= steps; k++)
            {
                LatentPath.Between(a, b, (double)k / steps, kind).CopyTo(way, k * nz);
            }
            float[] images = Sampler.Generate(netG, device, way, steps + 1, interrupt);
            if (from < stripRows)
            {
                images.CopyTo(strip, from * images.Length);
            }
            for (int k = 0; k < steps; k++)
            {
                Picture p = Grid(images.AsSpan(k * elements, elements), 1, 1, padding: 0).Enlarge((LeastSide + size - 1) / size);
                frames.Add(new(GifImage.Encode(p.Width, p.Height, p.Channels, p.Pixels, dither: true), k == 0 && steps > 1 ? RestDelay : FrameDelay));
            }
        }
        AtomicFile.Write(Path.Combine(folder, "interpolation.gif"), stream => GifFile.Write(stream, frames));
        Write("interpolation.png", Grid(strip, stripRows * (steps + 1), steps + 1));
    }

    /// <summary>
    /// arithmetic.png: a row for each set, the picture of its mean first, then its images; the last row is the result. arithmetic_neighbours.png: the result in the
    /// middle of eight with noise added to its latent.
    /// </summary>
    public void Calculate(LatentArithmetic arithmetic, ReadOnlySpan<float> latents, ulong seed)
    {
        int nz = netG.Nz, elements = (int)netG.ImageShape(1).Length, columns = 1 + arithmetic.Terms.Max(static t => t.Rows.Count);
        (float[][] means, float[] result) = arithmetic.Evaluate(latents, nz);
        List<float> wanted = [];
        List<int> places = [];
        for (int t = 0; t < means.Length; t++)
        {
            wanted.AddRange(means[t]);
            places.Add(t * columns);
            for (int i = 0; i < arithmetic.Terms[t].Rows.Count; i++)
            {
                wanted.AddRange(latents.Slice(arithmetic.Terms[t].Rows[i] * nz, nz));
                places.Add(t * columns + 1 + i);
            }
        }
        wanted.AddRange(result);
        places.Add(means.Length * columns);
        float[] images = Sampler.Generate(netG, device, wanted.ToArray(), places.Count, interrupt);
        var cells = new float[(means.Length + 1) * columns * elements];
        Array.Fill(cells, Low);
        for (int i = 0; i < places.Count; i++)
        {
            Array.Copy(images, i * elements, cells, places[i] * elements, elements);
        }
        Write("arithmetic.png", Grid(cells, (means.Length + 1) * columns, columns));

        using Core.Tensor noise = new Generator(seed).Uniform(device, new Core.Shape(9, nz), -NeighbourNoise, NeighbourNoise);
        float[] around = noise.ToArray();
        for (int i = 0; i < around.Length; i++)
        {
            around[i] = result[i % nz] + (i / nz == 4 ? 0 : around[i]); // the fifth of nine is the middle
        }
        Write("arithmetic_neighbours.png", Grid(Sampler.Generate(netG, device, around, 9, interrupt), 9, 3));
    }

    private Picture Grid(ReadOnlySpan<float> images, int count, int perRow, int padding = ImageGrid.Padding)
    {
        Core.Shape one = netG.ImageShape(1);
        return ImageGrid.FromFloats(images, count, one[2], one[3], one[1], perRow, channelsLast: false, Low, padding);
    }

    private void Write(string name, Picture picture) => AtomicFile.Write(Path.Combine(folder, name), PngPicture.Of(picture).Png);
}
