using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using Gan.Core;
using Gan.Kernels;
using Gan.Tests.Reference;

namespace Gan.Tests.Golden;

/// <summary>A golden .safetensors file, read by code of its own so that an error in the product's reader can't excuse itself.</summary>
internal sealed class GoldenFile
{
    private readonly Dictionary<string, NdArray> _tensors = [];

    public GoldenFile(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int header = checked((int)BinaryPrimitives.ReadInt64LittleEndian(bytes));
        using var json = JsonDocument.Parse(bytes.AsMemory(8, header));
        foreach (JsonProperty entry in json.RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__")
            {
                continue;
            }
            int[] range = entry.Value.GetProperty("data_offsets").Deserialize<int[]>()!;
            int[] shape = entry.Value.GetProperty("shape").Deserialize<int[]>()!;
            ReadOnlySpan<byte> data = bytes.AsSpan(8 + header)[range[0]..range[1]];
            double[] values = entry.Value.GetProperty("dtype").GetString()! switch
            {
                "F32" => [.. MemoryMarshal.Cast<byte, float>(data).ToArray().Select(static v => (double)v)],
                "F64" => MemoryMarshal.Cast<byte, double>(data).ToArray(),
                "I64" => [.. MemoryMarshal.Cast<byte, long>(data).ToArray().Select(static v => (double)v)],
                string other => throw new InvalidDataException($"{path}: {entry.Name} has dtype {other}."),
            };
            _tensors.Add(entry.Name, new NdArray(values, shape));
        }
    }

    public IEnumerable<string> Names => _tensors.Keys;

    public NdArray this[string name] => _tensors[name];

    /// <summary>Golden inputs are float32 numbers, so nothing is lost.</summary>
    public Tensor Tensor(Device device, string name, bool requiresGrad = false) => Ops.OpCase.ToTensor(device, this[name], requiresGrad);

    public static GoldenFile Op(string name) => new(Path.Combine(Folder(), "ops", name + ".safetensors"));

    /// <summary>The Golden folder of the sources, where the script wrote the files.</summary>
    public static string Folder([CallerFilePath] string source = "")
    {
        string beside = Path.GetDirectoryName(source)!;
        // A deterministic build maps source paths away; then look upwards from the test assembly.
        for (string? up = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location); !Directory.Exists(beside) && up is not null; up = Path.GetDirectoryName(up))
        {
            beside = Path.Combine(up, "Gan.Tests", "Golden");
        }
        return beside;
    }
}
