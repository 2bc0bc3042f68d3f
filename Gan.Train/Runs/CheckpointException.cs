namespace Gan.Train.Runs;

/// <summary>A checkpoint that cannot be written, or none that can be read; the message names the file and what to do.</summary>
internal sealed class CheckpointException(string message, Exception? inner = null) : Exception(message, inner);
