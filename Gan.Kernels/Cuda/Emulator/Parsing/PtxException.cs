namespace Gan.Kernels.Cuda.Emulator;

/// <summary>PTX text that cannot be read, or an instruction that the emulator does not know. The message names the line and its text.</summary>
internal sealed class PtxException(int line, string text, string message) : Exception($"PTX line {line}: {message}: `{text}`")
{
    /// <summary>Line in the PTX text, from 1.</summary>
    public int Line { get; } = line;
}
