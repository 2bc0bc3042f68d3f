using Gan.Kernels;
using Gan.Train.Cli;
using Gan.Train.Interop.Onnx;
using Gan.Train.Models;
using Gan.Train.Settings;
using Gan.Train.Training;

namespace Gan.Train.Interop;

/// <summary><c>gan-train export --netG FILE_OR_RUN --onnx FILE</c>: the generator for other runtimes.</summary>
internal static class ExportCommand
{
    /// <exception cref="UsageException">No generator there, or no place to write; nothing is left behind.</exception>
    public static int Run(ExportSettings settings, IDeviceCatalogue devices, TextWriter output)
    {
        OutputPlace.Check("--onnx", settings.Onnx, settings.NetG);
        using Device device = devices.Open("cpu", Precision.Fp32);
        using GeneratorNetwork netG = GeneratorFile.Load(device, settings.NetG, output.WriteLine);
        byte[] model = OnnxExporter.Export(netG);
        OutputPlace.Write("--onnx", settings.Onnx, stream => stream.Write(model));
        output.WriteLine($"Wrote {settings.Onnx}: ONNX opset {OnnxExporter.Opset}, {model.Length / 1024.0:N1} KiB; "
            + $"{OnnxExporter.InputName} {OnnxExporter.ShapeText(netG.LatentShape(1))} to {OnnxExporter.OutputName} "
            + $"{OnnxExporter.ShapeText(netG.OutputShape(netG.LatentShape(1)))}, values from {(netG.OutputRange.Shift == 0 ? 0 : -1)} to 1");
        return ExitCode.Done;
    }
}
