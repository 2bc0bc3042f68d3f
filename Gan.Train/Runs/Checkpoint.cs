using Gan.Core.Serialization;

namespace Gan.Train.Runs;

/// <summary>A complete checkpoint whose files were checked against its manifest.</summary>
/// <param name="Folder">Where it lies.</param>
/// <param name="Step">Finished steps.</param>
internal sealed record Checkpoint(string Folder, long Step)
{
    public string PathOf(string name) => Path.Combine(Folder, name);

    public byte[] ReadBytes(string name)
    {
        try
        {
            return File.ReadAllBytes(PathOf(name));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{PathOf(name)}: cannot be read ({e.Message}).", e);
        }
    }

    public SafetensorsFile ReadTensors(string name) => Safetensors.Read(PathOf(name));
}
