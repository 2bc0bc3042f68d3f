using Gan.Core;
using Gan.Core.Autograd;
using Gan.Core.Nn;
using Gan.Core.Optim;
using Gan.Core.Random;
using Gan.Kernels;
using Gan.Train.Data;
using Gan.Train.Evaluation.Metrics;

namespace Gan.Train.Evaluation;

/// <summary>
/// A small convolutional classifier, trained on the labelled real images; the numbers before its last layer are the features that Frechet distance, precision
/// and recall are measured in. It takes the place that Inception has in the papers, so its numbers compare runs on the same data only.
/// </summary>
internal sealed class FeatureClassifier : IDisposable
{
    /// <summary>Numbers an image.</summary>
    public const int FeatureWidth = 64;

    private const int Batch = 64, MaxSteps = 500, MaxEpochs = 40, MaxWidth = 128, PassRows = 64;
    private const float Slope = 0.2f;
    private const double Rate = 1e-3;

    private readonly Device _device;
    private readonly Sequential _net;

    private FeatureClassifier(Device device, Sequential net) => (_device, _net) = (device, net);

    /// <summary>The part of the held-out images that it names rightly.</summary>
    public double Accuracy { get; private set; }

    public static FeatureClassifier Train(Device device, ImageDataset images, int[] labels, int classes, RealImages real, ulong seed, CancellationToken interrupt)
    {
        var classifier = new FeatureClassifier(device, Build(device, images.Width, images.Channels, classes, new Generator(seed, RandomStream.User)));
        classifier.Learn(images, labels, classes, real.Training, seed, interrupt);
        classifier._net.Eval();
        int[] heldOut = real.HeldOut;
        float[] scores = classifier.Run(RealImages.Pick(images, heldOut), classifier._net.Count, classes);
        classifier.Accuracy = (double)Enumerable.Range(0, heldOut.Length)
            .Count(i => scores.AsSpan(i * classes, classes).IndexOf(scores[(i * classes)..((i + 1) * classes)].Max()) == labels[heldOut[i]]) / heldOut.Length;
        return classifier;
    }

    /// <summary>The features of a set of images.</summary>
    public FeatureSet Features(PixelSet images) =>
        new(images.Count, FeatureWidth, Array.ConvertAll(Run(images, _net.Count - 2, FeatureWidth), static v => (double)v));

    public void Dispose() => _net.Dispose();

    /// <summary>Halvings down to 7 pixels or less (DCGAN's discriminator in small), then features, then a score a class.</summary>
    private static Sequential Build(Device device, int size, int channels, int classes, Generator random)
    {
        List<Module> layers = [];
        for (int width = 32; size > 7; size /= 2, width = Math.Min(2 * width, MaxWidth))
        {
            layers.Add(new Conv2d(device, channels, width, 4, random, stride: 2, padding: 1, bias: false));
            layers.Add(new BatchNorm2d(device, width));
            layers.Add(new LeakyReLU(Slope));
            channels = width;
        }
        layers.AddRange([new Flatten(), new Linear(device, channels * size * size, FeatureWidth, random), new LeakyReLU(Slope), new Linear(device, FeatureWidth, classes, random)]);
        return new Sequential([.. layers]);
    }

    /// <summary>Adam on a logistic loss a class, one class against the rest; the rate is a tenth in the last fifth.</summary>
    private void Learn(ImageDataset images, int[] labels, int classes, int[] training, ulong seed, CancellationToken interrupt)
    {
        using var adam = new Adam(_net.Parameters(), Rate);
        int batch = Math.Min(Batch, training.Length), batches = training.Length / batch, steps = Math.Min(MaxSteps, MaxEpochs * batches);
        int[] order = [];
        for (int step = 0; step < steps; step++)
        {
            interrupt.ThrowIfCancellationRequested();
            if (step % batches == 0)
            {
                order = RealImages.Shuffled(training.Length, seed, 0x434C4153 + (ulong)(step / batches));
            }
            if (step == steps * 4 / 5)
            {
                adam.LearningRate = Rate / 10;
            }
            int[] rows = [.. order.Skip(step % batches * batch).Take(batch).Select(i => training[i])];
            var targets = new float[batch * classes];
            for (int i = 0; i < batch; i++)
            {
                targets[i * classes + labels[rows[i]]] = 1;
            }
            using TensorScope scope = TensorScope.Begin();
            adam.ZeroGrad();
            Tensor scores = _net.Forward(Input(RealImages.Pick(images, rows), 0, batch, batch));
            scores.BceWithLogitsLoss(Tensor.FromArray(_device, targets, new Shape(batch, classes))).Backward();
            adam.Step();
        }
    }

    /// <summary>The first so many layers, in passes of a fixed size, so that an image's numbers do not depend on its neighbours.</summary>
    private float[] Run(PixelSet images, int layers, int width)
    {
        var result = new float[images.Count * width];
        for (int first = 0; first < images.Count; first += PassRows)
        {
            int taken = Math.Min(PassRows, images.Count - first);
            using TensorScope scope = TensorScope.Begin();
            using GradMode.NoGradScope noGrad = GradMode.NoGrad();
            _net.Forward(Input(images, first, taken, PassRows), layers).ToArray().AsSpan(0, taken * width).CopyTo(result.AsSpan(first * width));
        }
        return result;
    }

    /// <summary>Bytes to [-1, 1], rows beyond <paramref name="taken"/> zero. [rows, C, H, W].</summary>
    private Tensor Input(PixelSet images, int first, int taken, int rows)
    {
        var values = new float[rows * images.ImageBytes];
        int area = images.Height * images.Width;
        for (int i = 0; i < taken; i++)
        {
            ReadOnlySpan<byte> image = images.Image(first + i);
            for (int at = 0; at < image.Length; at++)
            {
                values[i * images.ImageBytes + at % images.Channels * area + at / images.Channels] = image[at] / 127.5f - 1;
            }
        }
        return Tensor.FromArray(_device, values, new Shape(rows, images.Channels, images.Height, images.Width));
    }
}
