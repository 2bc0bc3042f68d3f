using Gan.Core.Nn;
using Gan.Core.Random;
using Gan.Core.Serialization;
using Gan.Kernels;
using Gan.Train.Runs;
using Gan.Train.Settings;

namespace Gan.Train.Models;

/// <summary>Loads a generator from its weights alone: the names and shapes tell the architecture.</summary>
internal static class GeneratorFile
{
    /// <param name="device">Where the network goes.</param>
    /// <param name="path">A .safetensors file, a run folder (its newest checkpoint), or a checkpoint's folder.</param>
    /// <exception cref="UsageException">No weights there, or not those of a generator of ours.</exception>
    public static GeneratorNetwork Load(Device device, string path)
    {
        try
        {
            SafetensorsFile file = Safetensors.Read(Locate(path));
            GeneratorNetwork net = Build(device, file);
            net.Load(file);
            return net;
        }
        catch (Exception e) when (e is SafetensorsException or CheckpointException)
        {
            throw new UsageException($"--netG: {e.Message}", e);
        }
    }

    private static string Locate(string path)
    {
        if (!Directory.Exists(path))
        {
            return path;
        }
        string inside = Path.Combine(path, CheckpointNames.NetG);
        return File.Exists(inside) ? inside : new CheckpointStore(RunFolder.CheckpointsOf(path)).LoadNewest(out _).PathOf(CheckpointNames.NetG);
    }

    private static GeneratorNetwork Build(Device device, SafetensorsFile file)
    {
        var init = new Generator(0, RandomStream.Init);
        if (file.TryGet("net.0.weight", out HostTensor? first) && file.TryGet("net.2.weight", out HostTensor? last)
            && first.Shape.Length == 2 && last.Shape.Length == 2 && Side(last.Shape[0]) is { } side)
        {
            return new MlpGenerator(device, (int)first.Shape[1], (int)first.Shape[0], side, init);
        }
        List<HostTensor> convolutions = [.. file.Where(static t => t.Shape.Length == 4 && t.Name.StartsWith("main.", StringComparison.Ordinal))];
        if (convolutions.Count is 4 or 5 or 6)
        {
            HostTensor toImage = convolutions.MaxBy(static t => int.TryParse(t.Name.Split('.')[1], out int index) ? index : -1)!;
            HostTensor fromLatent = file["main.0.weight"];
            return new DcganGenerator(device, (int)fromLatent.Shape[0], (int)toImage.Shape[0], (int)toImage.Shape[1], 4 << (convolutions.Count - 1), init);
        }
        string names = string.Join(", ", file.Take(3).Select(static t => t.Name));
        throw new SafetensorsException(file.File, null, $"holds no generator known here (found {names} ...); a dcgan has main.0.weight and 4 to 6 convolutions, an mlp net.0.weight and net.2.weight.");
    }

    private static int? Side(long pixels)
    {
        int side = (int)Math.Round(Math.Sqrt(pixels));
        return (long)side * side == pixels ? side : null;
    }
}
