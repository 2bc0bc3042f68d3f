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
    /// <summary>What is read of a checkpoint: a damaged discriminator does not matter here.</summary>
    private static readonly string[] s_generators = [CheckpointNames.NetGAverage, CheckpointNames.NetG];

    /// <param name="device">Where the network goes.</param>
    /// <param name="path">A .safetensors file, a run folder (its newest checkpoint), or a checkpoint's folder.</param>
    /// <param name="warn">Told when the newest checkpoint of a run is damaged and an older one is taken.</param>
    /// <exception cref="UsageException">No weights there, or not those of a generator of ours.</exception>
    public static GeneratorNetwork Load(Device device, string path, Action<string> warn)
    {
        try
        {
            SafetensorsFile file = Safetensors.Read(Locate(path, warn));
            GeneratorNetwork net = Build(device, file);
            net.Load(file);
            return net;
        }
        catch (Exception e) when (e is SafetensorsException or CheckpointException)
        {
            throw new UsageException($"--netG: {e.Message}", e);
        }
    }

    private static string Locate(string path, Action<string> warn)
    {
        if (!Directory.Exists(path))
        {
            return path;
        }
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (CheckpointNames.StepOf(Path.GetFileName(full)) is { } step)
        {
            Manifest.Verify(full, step, s_generators);
            return Path.Combine(full, Preferred(full));
        }
        string inside = Path.Combine(path, Preferred(path));
        if (File.Exists(inside))
        {
            return inside;
        }
        Checkpoint newest = new CheckpointStore(RunFolder.CheckpointsOf(path)).LoadNewest(out string? warning, s_generators);
        if (warning is not null)
        {
            warn($"warning: {warning}");
        }
        return newest.PathOf(File.Exists(newest.PathOf(CheckpointNames.NetGAverage)) ? CheckpointNames.NetGAverage : CheckpointNames.NetG);
    }

    /// <summary>The averaged weights where a run kept them (--ema): they are what its samples show.</summary>
    private static string Preferred(string folder) =>
        File.Exists(Path.Combine(folder, CheckpointNames.NetGAverage)) ? CheckpointNames.NetGAverage : CheckpointNames.NetG;

    private static GeneratorNetwork Build(Device device, SafetensorsFile file)
    {
        var init = new Generator(0, RandomStream.Init);
        if (file.TryGet("net.0.weight", out HostTensor? first) && file.TryGet("net.2.weight", out HostTensor? last)
            && first.Shape.Length == 2 && last.Shape.Length == 2 && first.Count > 0 && last.Count > 0 && Side(last.Shape[0]) is { } side
            && last.Shape[1] == first.Shape[0])
        {
            return new MlpGenerator(device, (int)first.Shape[1], (int)first.Shape[0], side, init);
        }
        int layers = file.Count(static t => t.Shape.Length == 4 && t.Name.StartsWith("main.", StringComparison.Ordinal));
        if (layers is 4 or 5 or 6)
        {
            // G's convolutions are main.0, main.3, main.6 ...: another network's would fail below at the first name or shape.
            HostTensor fromLatent = file["main.0.weight"], toImage = file[$"main.{3 * (layers - 1)}.weight"];
            long ngf = toImage.Shape[0], widest = ngf << (layers - 2);
            for (int i = 0; i < layers; i++)
            {
                long from = i == 0 ? fromLatent.Shape[0] : widest >> (i - 1), to = i == layers - 1 ? toImage.Shape[1] : widest >> i;
                CheckConvolution(file, $"main.{3 * i}.weight", [from, to, 4, 4]);
            }
            return new DcganGenerator(device, (int)fromLatent.Shape[0], (int)ngf, (int)toImage.Shape[1], 4 << (layers - 1), init);
        }
        string names = string.Join(", ", file.Take(3).Select(static t => t.Name));
        throw new SafetensorsException(file.File, null, $"holds no generator known here (found {names} ...); a dcgan has main.0.weight and 4 to 6 convolutions, an mlp net.0.weight and net.2.weight.");
    }

    /// <summary>Before the network is built, so that its size follows from what the file really holds.</summary>
    private static void CheckConvolution(SafetensorsFile file, string name, long[] expected)
    {
        HostTensor weight = file[name];
        if (weight.Count == 0 || !weight.Shape.SequenceEqual(expected))
        {
            throw new SafetensorsException(file.File, name, $"has shape {HostTensor.ShapeText(weight.Shape)}; in a dcgan generator of {file.Count(static t => t.Shape.Length == 4)} "
                + $"convolutions it would be {HostTensor.ShapeText(expected)}; is this a generator's file?");
        }
    }

    private static int? Side(long pixels)
    {
        int side = (int)Math.Round(Math.Sqrt(pixels));
        return (long)side * side == pixels ? side : null;
    }
}
