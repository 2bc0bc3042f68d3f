using Gan.Kernels;

namespace Gan.Train.Training;

/// <summary>
/// Where a training step finds its images: uint8 [<see cref="Slots"/>, H, W, C] on the device, gathered and normalised a batch at a time. The memory
/// stays where it is, so that a captured step can be replayed.
/// </summary>
internal interface IImageSource : IDisposable
{
    /// <summary>Images of the data set.</summary>
    int Count { get; }

    /// <summary>Bytes an image.</summary>
    int Elements { get; }

    /// <summary>Images in <see cref="Pixels"/>.</summary>
    int Slots { get; }

    /// <summary>Whether the slots are in the epoch's order already, so that a step takes slot Row mod <see cref="Slots"/>; else it looks up the permutation.</summary>
    bool InOrder { get; }

    /// <summary>The slots.</summary>
    DeviceSpan<byte> Pixels { get; }

    /// <summary>Puts the images of a step in place; queued, nothing waits for the device.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="row">The step's first position in the epoch.</param>
    /// <param name="images">How many the step takes.</param>
    void Prepare(int epoch, int row, int images);

    /// <summary>The first images of the first epoch, [rows, Elements] in order, that the caller disposes; null where <see cref="Pixels"/> holds all.</summary>
    DeviceBuffer? Peek(int rows);
}
