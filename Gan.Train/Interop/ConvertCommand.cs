using Gan.Core.Serialization;
using Gan.Train.Cli;
using Gan.Train.Interop.Pickle;
using Gan.Train.Runs;
using Gan.Train.Settings;

namespace Gan.Train.Interop;

/// <summary><c>gan-train convert IN.pth OUT.safetensors</c>: a PyTorch state_dict under the same names, in safetensors.</summary>
internal static class ConvertCommand
{
    /// <exception cref="UsageException">The input can't be read or converted, or the output not written; nothing is left behind.</exception>
    public static int Run(ConvertSettings settings, TextWriter output)
    {
        OutputPlace.Check("OUT.safetensors", settings.Output, settings.Input);
        StateDict state = Read(settings);
        foreach (string note in state.Notes)
        {
            output.WriteLine($"note: {note}");
        }
        OutputPlace.Write("OUT.safetensors", settings.Output,
            stream => Safetensors.Write(stream, state.Tensors, new Dictionary<string, string> { ["format"] = "pt" }));
        string types = string.Join(", ", state.Tensors.Select(static t => t.DType.FileName()).Distinct());
        output.WriteLine($"Wrote {settings.Output}: {state.Tensors.Count} tensor{(state.Tensors.Count == 1 ? "" : "s")} ({types}), {state.Tensors.Sum(static t => t.Count):N0} values");
        return ExitCode.Done;
    }

    private static StateDict Read(ConvertSettings settings)
    {
        string path = settings.Input;
        if (Directory.Exists(path) || !File.Exists(path))
        {
            throw new UsageException($"{path}: {(Directory.Exists(path) ? "a folder; give a .pth file" : "no such file")}.");
        }
        // Pipes and devices have no length; opening one could wait for ever.
        if (new FileInfo(path).Length == 0)
        {
            throw new UsageException($"{path}: is empty or no ordinary file; save or download it again.");
        }
        try
        {
            using FileStream file = File.OpenRead(path);
            return StateDict.Read(file, settings.Key);
        }
        catch (TorchFileException e)
        {
            throw new UsageException($"{path}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: cannot be read: {e.Message}", e);
        }
    }
}
