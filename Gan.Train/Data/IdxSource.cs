namespace Gan.Train.Data;

/// <summary>Finds the images, and the labels beside them, in a folder of IDX files.</summary>
internal static class IdxSource
{
    /// <summary>
    /// The file of images in the folder itself, its raw, or its MNIST/raw (where torchvision puts them): a training set before others,
    /// t10k last, plain before gzip; null when there is none.
    /// </summary>
    public static string? FindImages(string folder)
    {
        foreach (var sub in (string[])["", "raw", Path.Combine("MNIST", "raw")])
        {
            var place = Path.Combine(folder, sub);
            if (!Directory.Exists(place))
            {
                continue;
            }
            var best = Candidates(place).Where(f => IdxFile.Sniff(f) == IdxKind.Images)
                .OrderBy(Rank).ThenBy(f => f.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)).ThenBy(f => f, StringComparer.Ordinal)
                .FirstOrDefault();
            if (best != null)
            {
                return best;
            }
        }
        return null;
    }

    /// <summary>Reads a file of IDX images as a data set of the net's size and channels.</summary>
    public static ImageDataset Load(string path, int imageSize, int channels, Action<string> log)
    {
        var idx = IdxFile.ReadImages(path);
        var keep = idx.Height == imageSize && idx.Width == imageSize && channels == 1;
        var pixels = idx.Pixels;
        if (!keep)
        {
            using (idx)
            {
                pixels = Fit(idx, imageSize, channels);
            }
        }
        var labels = LabelsBeside(path, idx.Count, log);
        var names = new string[idx.Count];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = i.ToString("D7");
        }
        return new ImageDataset($"{idx.Count} MNIST-style images of {idx.Width}x{idx.Height} from '{path}'",
            idx.Count, imageSize, imageSize, channels, pixels, labels, names);
    }

    /// <summary>"give 'train-images-idx3-ubyte.gz'" when the images lie beside this file of labels.</summary>
    public static string ImagesHint(string labels) =>
        Sibling(labels, "labels", "idx1", "images", "idx3") is { } images
            ? $"give '{images}' beside it"
            : "give the file of images that belongs to it (…-images-idx3-ubyte)";

    private static IEnumerable<string> Candidates(string folder)
    {
        try
        {
            // A folder of IDX files is small; a name with an image's extension is an image.
            return [.. Directory.EnumerateFiles(folder)
                .Where(f => !Path.GetFileName(f).StartsWith('.') && !Codecs.ImageDecoder.LooksLikeImage(Path.GetExtension(f))).Take(1000)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"the folder '{folder}' cannot be read: {e.Message}");
        }
    }

    private static int Rank(string path)
    {
        var name = Path.GetFileName(path);
        return name.Contains("train", StringComparison.OrdinalIgnoreCase) ? 0
            : name.Contains("t10k", StringComparison.OrdinalIgnoreCase) || name.Contains("test", StringComparison.OrdinalIgnoreCase) ? 2 : 1;
    }

    private static NativePixels Fit(IdxImages idx, int size, int channels)
    {
        var (stored, image) = (idx.Height * idx.Width, size * size * channels);
        var result = new NativePixels((long)idx.Count * image);
        for (var i = 0; i < idx.Count; i++)
        {
            var to = result.Slice((long)i * image, image);
            ImagePipeline.Resize(idx.Pixels.Slice((long)i * stored, stored), idx.Width, idx.Height, 1, size, to[..(size * size)]);
            if (channels == 3)
            {
                ImagePipeline.RepeatGrey(to);
            }
        }
        return result;
    }

    /// <summary>Labels are not needed for training: ones that cannot be used are left out with a note.</summary>
    private static int[]? LabelsBeside(string images, int count, Action<string> log)
    {
        if (Sibling(images, "images", "idx3", "labels", "idx1") is not { } path)
        {
            return null;
        }
        try
        {
            var labels = IdxFile.ReadLabels(path);
            if (labels.Length == count)
            {
                return Array.ConvertAll(labels, l => (int)l);
            }
            log($"labels left out: '{path}' has {labels.Length} for {count} images");
        }
        catch (DataException e)
        {
            log($"labels left out: {e.Message}");
        }
        return null;
    }

    private static string? Sibling(string path, string word, string dims, string otherWord, string otherDims)
    {
        var name = Path.GetFileName(path);
        var other = name.Replace(word, otherWord, StringComparison.OrdinalIgnoreCase).Replace(dims, otherDims, StringComparison.OrdinalIgnoreCase);
        if (other == name)
        {
            return null;
        }
        var gzip = other.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        return new[] { other, gzip ? other[..^3] : other + ".gz" }
            .Select(o => Path.Combine(Path.GetDirectoryName(path) ?? "", o)).FirstOrDefault(File.Exists);
    }
}
