namespace Gan.Core.Serialization;

/// <summary>A safetensors file that cannot be read or used; the message names file, tensor, what was found and what was expected.</summary>
public sealed class SafetensorsException : Exception
{
    /// <summary>Makes the message <c>FILE: tensor 'NAME': PROBLEM</c>.</summary>
    /// <param name="file">Path of the file, or a word for data that came from memory.</param>
    /// <param name="tensor">The tensor concerned; null when the problem is the file as a whole.</param>
    /// <param name="problem">What was found and what was expected.</param>
    /// <param name="inner">The error underneath, if there is one.</param>
    public SafetensorsException(string file, string? tensor, string problem, Exception? inner = null)
        : base(tensor is null ? $"{file}: {problem}" : $"{file}: tensor '{tensor}': {problem}", inner)
    {
        File = file;
        Tensor = tensor;
    }

    /// <summary>Path of the file, or a word for data that came from memory.</summary>
    public string File { get; }

    /// <summary>The tensor concerned; null when the problem is the file as a whole.</summary>
    public string? Tensor { get; }
}
