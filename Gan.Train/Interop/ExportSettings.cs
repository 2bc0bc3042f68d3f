using Gan.Train.Settings;

namespace Gan.Train.Interop;

/// <summary>Options of <c>export</c>.</summary>
/// <param name="NetG">A generator's .safetensors file or a run folder.</param>
/// <param name="Onnx">The file to write.</param>
internal sealed record ExportSettings(string NetG, string Onnx)
{
    public static IReadOnlyList<OptionSpec> Options { get; } =
    [
        new("--netG", "FILE|RUN", "A generator's weights (.safetensors) or a run folder, whose newest checkpoint is taken."),
        new("--onnx", "FILE", $"The file to write: ONNX, opset {Interop.Onnx.OnnxExporter.Opset}, any batch size."),
    ];

    /// <exception cref="UsageException">One of them is missing.</exception>
    public static ExportSettings Resolve(IReadOnlyDictionary<string, string> given)
    {
        var options = new OptionReader(Options, given);
        return new ExportSettings(
            options.PathText("--netG") ?? throw new UsageException("--netG is missing: give a generator's .safetensors file or a run folder."),
            options.PathText("--onnx") ?? throw new UsageException("--onnx is missing: give the name of the file to write."));
    }
}
