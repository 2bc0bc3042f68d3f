using Gan.Core.Serialization;

namespace Gan.Train.Runs;

/// <summary>One file to be put into a checkpoint.</summary>
/// <param name="Name">One of <see cref="CheckpointNames"/>.</param>
/// <param name="Write">Writes the content; called once.</param>
internal sealed record CheckpointFile(string Name, Action<Stream> Write)
{
    public static CheckpointFile FromTensors(string name, IEnumerable<HostTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        new(name, stream => Safetensors.Write(stream, tensors, metadata));

    public static CheckpointFile FromBytes(string name, ReadOnlyMemory<byte> bytes) => new(name, stream => stream.Write(bytes.Span));
}

/// <summary>Names inside <c>checkpoints/</c>.</summary>
internal static class CheckpointNames
{
    public const string NetG = "netG.safetensors";
    public const string NetGAverage = "netG_ema.safetensors";
    public const string NetD = "netD.safetensors";
    public const string Optimizer = "optimizer.safetensors";
    public const string State = "state.json";
    public const string Manifest = "manifest.json";
    public const string Latest = "latest";

    private const string Prefix = "step_";

    /// <summary><c>step_00000500</c>: eight digits or more.</summary>
    public static string Folder(long step) => $"{Prefix}{step:D8}";

    /// <summary>The step of a folder named by <see cref="Folder"/>; null for any other name.</summary>
    public static long? StepOf(string folder) =>
        folder.StartsWith(Prefix, StringComparison.Ordinal)
        && long.TryParse(folder.AsSpan(Prefix.Length), System.Globalization.NumberStyles.None, null, out var step) && Folder(step) == folder
            ? step
            : null;
}
