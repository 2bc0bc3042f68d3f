using Gan.Core.Serialization;
using Gan.Train.Settings;

namespace Gan.Train.Models;

/// <summary>Reads the tensor <c>latents</c> [rows, nz] of a --latents file.</summary>
internal static class LatentsFile
{
    /// <exception cref="UsageException">No such file or tensor, or another width than the network's nz.</exception>
    public static HostTensor Read(string path, int nz)
    {
        try
        {
            HostTensor latents = Safetensors.Read(path)["latents"];
            return latents.Shape.Length == 2 && latents.Shape[1] == nz && latents.DType is TensorDType.F32 or TensorDType.F64 or TensorDType.F16 or TensorDType.BF16
                ? latents
                : throw new UsageException($"--latents {path}: 'latents' is {latents.DType.FileName()} {HostTensor.ShapeText(latents.Shape)}, "
                    + $"floats of shape [rows, {nz}] are needed; check --nz.");
        }
        catch (SafetensorsException e)
        {
            throw new UsageException($"--latents: {e.Message}", e);
        }
    }
}
