using System.Diagnostics;
using Gan.Tests.Data;
using Gan.Tests.Interop;
using Gan.Train.Data;
using Gan.Train.Data.Codecs;
using Gan.Train.Interop;
using Gan.Train.Interop.Pickle;

namespace Gan.Tests.Fuzz;

/// <summary>
/// Feeds changed files to the decoders. Input number i of a seed is always the same bytes. Each must decode, or raise the one documented
/// exception, within a bound on time and on memory that follows from the limits.
/// </summary>
internal sealed class DataFuzzer
{
    private const long MaxPixels = 1 << 20;
    private static readonly TimeSpan TimeBound = TimeSpan.FromSeconds(2);
    private static readonly DecodeLimits Limits = new(MaxPixels, 1 << 24);
    private static readonly (string Extension, Func<byte[], byte[], Random, byte[]> Mutate)[] Formats = [
        (".png", PngMutator.Mutate), (".jpg", JpegMutator.Mutate), (".p", HeaderMutator.Pnm), (".idx", HeaderMutator.Idx), (".pth", PthMutator.Mutate)];

    private readonly (string Name, byte[] Bytes)[] _seeds;
    private readonly (string Name, byte[] Bytes)[][] _families;

    public DataFuzzer()
    {
        var files = Directory.GetFiles(Path.Combine(Corpus.Root, "corpus")).Order(StringComparer.Ordinal)
            .Select(f => (Path.GetFileName(f), File.ReadAllBytes(f))).ToList();
        files.Add(("images.idx", IdxFileTests.Images(3, 5, 4)));
        files.Add(("labels.idx", IdxFileTests.Labels(30)));
        files.Add(("images_gz.idx", IdxFileTests.Zip(IdxFileTests.Images(3, 5, 4), true)));
        // Small ones: an archive of 50 kB would spend the time on checksums.
        files.AddRange(Directory.GetFiles(ConvertTests.Pth(""), "*.pth").Order(StringComparer.Ordinal)
            .Select(f => (Path.GetFileName(f), File.ReadAllBytes(f))).Where(f => f.Item2.Length < 13_000));
        _seeds = [.. files];
        _families = [.. Enumerable.Range(0, Formats.Length).Select(f => _seeds.Where(s => Family(s.Name) == f).ToArray())];
    }

    /// <summary>Inputs that decoded, and that were refused.</summary>
    public long Decoded { get; private set; }
    public long Refused { get; private set; }

    /// <summary>Runs inputs first to first + count - 1; throws on the first that breaks a rule.</summary>
    public void Run(int seed, long first, long count, CancellationToken cancel)
    {
        for (var i = first; i < first + count && !cancel.IsCancellationRequested; i++)
        {
            var (name, bytes) = Input(seed, i);
            try
            {
                Check(bytes, Path.GetExtension(name));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"input {i} of seed {seed}, made from {name}: {e.Message}\n{Convert.ToBase64String(bytes)}", e);
            }
        }
    }

    public (string Name, byte[] Bytes) Input(int seed, long i)
    {
        var random = new Random(HashCode(seed, i));
        // Formats in turn, so that the many small JPEGs do not crowd out the rest.
        var format = random.Next(12) switch { < 3 => 0, < 8 => 1, 8 => 2, 9 => 3, _ => 4 };
        var family = _families[format];
        var (name, bytes) = family[random.Next(family.Length)];
        var other = random.Next(8) == 0 ? _seeds[random.Next(_seeds.Length)].Bytes : family[random.Next(family.Length)].Bytes;
        var mutate = random.Next(5) == 0 ? ByteMutator.Mutate : Formats[format].Mutate;
        return (name, mutate(bytes, other, random));
    }

    /// <summary>The format whose extension the name begins with; the longest, because .png and .pth begin with PNM's .p too.</summary>
    private static int Family(string name) => Enumerable.Range(0, Formats.Length)
        .Where(f => Path.GetExtension(name).StartsWith(Formats[f].Extension, StringComparison.Ordinal)).MaxBy(static f => Formats[f].Extension.Length);

    /// <summary>Decodes one input under all rules.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="extension">Of the file it was made from: .idx and .pth have readers of their own, anything else is an image.</param>
    public void Check(byte[] bytes, string extension)
    {
        var (time, allocated) = Measure(bytes, extension);
        var bound = 8L * bytes.Length + 32 * MaxPixels;
        if (allocated > bound)
        {
            throw new InvalidOperationException($"{allocated} bytes allocated, the limits allow {bound}");
        }
        if (time > TimeBound)
        {
            // The machine may have been busy: only a second slow run counts.
            var (again, _) = Measure(bytes, extension);
            if (again > TimeBound)
            {
                throw new InvalidOperationException($"took {time.TotalSeconds:F1} and {again.TotalSeconds:F1} s");
            }
        }
    }

    private (TimeSpan Time, long Allocated) Measure(byte[] bytes, string extension)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        try
        {
            switch (extension)
            {
                case ".idx":
                    ReadIdx(bytes);
                    break;
                case ".pth":
                    StateDict.Read(new MemoryStream(bytes));
                    break;
                default:
                    DecodeAndResize(bytes);
                    break;
            }
            Decoded++;
        }
        catch (Exception e) when (IsRefusal(e, extension) && e.Message.Length > 20)
        {
            Refused++;
        }
        return (Stopwatch.GetElapsedTime(start), GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>Each reader has one exception for what it does not take.</summary>
    private static bool IsRefusal(Exception e, string extension) => extension switch
    {
        ".idx" => e is DataException,
        ".pth" => e is TorchFileException,
        _ => e is ImageFormatException,
    };

    private static void DecodeAndResize(byte[] bytes)
    {
        var image = ImageDecoder.Decode(bytes, Limits);
        Span<byte> pixels = stackalloc byte[16 * 16 * 3];
        ImagePipeline.Fit(image, 16, 3, pixels);
    }

    private static void ReadIdx(byte[] bytes)
    {
        using (var stream = new MemoryStream(bytes))
        {
            try
            {
                using var images = IdxFile.ReadImages(stream, "fuzz", MaxPixels);
                if (images.Pixels.Length != (long)images.Count * images.Height * images.Width || images.Pixels.Length > MaxPixels)
                {
                    throw new InvalidOperationException("sizes and memory differ");
                }
                return;
            }
            catch (DataException e) when (e.Message.Contains("labels", StringComparison.Ordinal))
            {
                // then as labels, below
            }
        }
        using var again = new MemoryStream(bytes);
        IdxFile.ReadLabels(again, "fuzz", MaxPixels);
    }

    /// <summary>Spreads (seed, i) over all generators; the same everywhere, unlike System.HashCode.</summary>
    private static int HashCode(int seed, long i)
    {
        var x = (ulong)i * 0x9E3779B97F4A7C15 + (uint)seed;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return (int)(x >> 33);
    }
}
