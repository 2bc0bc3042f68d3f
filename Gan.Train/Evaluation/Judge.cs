using Gan.Kernels;
using Gan.Train.Data;
using Gan.Train.Data.Synthetic;
using Gan.Train.Evaluation.Metrics;

namespace Gan.Train.Evaluation;

/// <summary>Measures generated images against real ones, and real ones against real ones in the same way. Definitions: docs/evaluation.md.</summary>
internal sealed class Judge(Device device, ImageDataset images, RealImages real, ulong seed, Action<string> log, CancellationToken interrupt)
{
    private const int MaxPairs = 1000, MinLabelled = 40;
    private const ulong PairsDomain = 0x50414952;

    private readonly List<Measured> _numbers = [];
    private readonly List<string> _notes = [];

    /// <param name="generated">As many as in each half of the real ones.</param>
    public Judgement Run(PixelSet generated)
    {
        int n = generated.Count;
        PixelSet first = real.Half(0, n), second = real.Half(1, n);
        Patches(generated, first, second);
        interrupt.ThrowIfCancellationRequested();
        Diversity(generated, second);
        interrupt.ThrowIfCancellationRequested();
        ClassifierResult? classifier = Features(generated, first, second);
        _numbers.Add(new("exact_copy_rate", "exact copies of a real image",
            NearestImages.CopyRate(generated, All()), NearestImages.CopyRate(second, Each(first)), "lower"));
        if (n < 500)
        {
            _notes.Add($"{n} images a side are few: compare these numbers with the real column and with runs of the same count only.");
        }
        return new Judgement(n, _numbers, classifier, _notes);
    }

    private void Patches(PixelSet generated, PixelSet first, PixelSet second)
    {
        (int Height, int Width)[] levels = SlicedWasserstein.Levels(generated.Height, generated.Width);
        if (levels.Length == 0)
        {
            _notes.Add($"sliced Wasserstein distance left out: images of {generated.Height}x{generated.Width} are smaller than its 7x7 patches.");
            return;
        }
        double[] values = SlicedWasserstein.Compute(device, generated, first, seed), floor = SlicedWasserstein.Compute(device, second, first, seed);
        for (int i = 0; i < levels.Length; i++)
        {
            string size = $"{levels[i].Height}x{levels[i].Width}";
            _numbers.Add(new($"swd_{size}", $"sliced Wasserstein x1000, {size}", values[i], floor[i], "lower"));
        }
        _numbers.Add(new("swd", "sliced Wasserstein x1000, mean", values.Average(), floor.Average(), "lower"));
    }

    private void Diversity(PixelSet generated, PixelSet second)
    {
        int scales = MsSsim.Scales(generated.Height, generated.Width);
        if (scales == 0)
        {
            _notes.Add($"MS-SSIM left out: images of {generated.Height}x{generated.Width} are smaller than its 11x11 window.");
            return;
        }
        (int, int)[] pairs = Pairs(generated.Count);
        _numbers.Add(new("ms_ssim", $"MS-SSIM of pairs, {scales} scale{(scales == 1 ? "" : "s")}", MsSsim.Mean(generated, pairs), MsSsim.Mean(second, pairs), "near real (higher: less diverse)"));
    }

    private (int A, int B)[] Pairs(int count)
    {
        var random = new HashRandom(seed, PairsDomain, 0);
        return [.. Enumerable.Range(0, Math.Min(MaxPairs, count * (count - 1) / 2)).Select(_ =>
        {
            int a = random.Pick(count), b = random.Pick(count - 1);
            return (a, b < a ? b : b + 1);
        })];
    }

    private ClassifierResult? Features(PixelSet generated, PixelSet first, PixelSet second)
    {
        if (Classes() is not ({ } labels, int classes))
        {
            return null;
        }
        log($"Training a classifier of {classes} classes on the labels ...");
        using FeatureClassifier classifier = FeatureClassifier.Train(device, images, labels, classes, real, seed, interrupt);
        var result = new ClassifierResult(classes, real.Training.Length, real.HeldOut.Length, classifier.Accuracy);
        log($"Classifier: {result.Training} images to learn from, {classifier.Accuracy:P1} of {result.HeldOut} held-out images right");
        if (classifier.Accuracy < 2.0 / (classes + 1))
        {
            _notes.Add("the classifier has hardly learned anything: its features, and the numbers in them, mean little.");
        }
        FeatureSet made = classifier.Features(generated), a = classifier.Features(first), b = classifier.Features(second);
        _numbers.Add(new("frechet", "Frechet distance", FrechetDistance.Compute(made, a), FrechetDistance.Compute(b, a), "lower"));
        interrupt.ThrowIfCancellationRequested();
        (double precision, double recall) = PrecisionRecall.Compute(a, made);
        (double realPrecision, double realRecall) = PrecisionRecall.Compute(a, b);
        _numbers.Add(new("precision", "precision", precision, realPrecision, "higher"));
        _numbers.Add(new("recall", "recall", recall, realRecall, "higher"));
        if (generated.Count <= FeatureClassifier.FeatureWidth)
        {
            _notes.Add($"Frechet distance over {generated.Count} images in {FeatureClassifier.FeatureWidth} dimensions: the covariances are not of full rank, so it is too high on both sides.");
        }
        return result;
    }

    /// <summary>Labels as 0, 1, 2 ..., or null with a note that says why there are none.</summary>
    private (int[] Labels, int Classes)? Classes()
    {
        const string leftOut = "Frechet distance, precision and recall are left out: they need a classifier";
        if (images.Labels is not { } given)
        {
            _notes.Add($"{leftOut}, and these images have no labels (class sub-folders, or MNIST's file of labels).");
            return null;
        }
        int[] classes = [.. given.Distinct().Order()];
        if (classes.Length < 2 || given.Length < MinLabelled)
        {
            _notes.Add($"{leftOut}, and {given.Length} images in {classes.Length} class{(classes.Length == 1 ? "" : "es")} are too few (2 classes and {MinLabelled} images at least).");
            return null;
        }
        return (Array.ConvertAll(given, l => Array.BinarySearch(classes, l)), classes.Length);
    }

    private IEnumerable<ReadOnlyMemory<byte>> All() => Enumerable.Range(0, images.Count).Select(i => (ReadOnlyMemory<byte>)images.Image(i).ToArray());

    private static IEnumerable<ReadOnlyMemory<byte>> Each(PixelSet set) => Enumerable.Range(0, set.Count).Select(i => (ReadOnlyMemory<byte>)set.Pixels.AsMemory(i * set.ImageBytes, set.ImageBytes));
}
