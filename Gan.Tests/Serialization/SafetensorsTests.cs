using System.Buffers.Binary;
using System.Text;
using Gan.Core.Serialization;
using Xunit;

namespace Gan.Tests.Serialization;

public sealed class SafetensorsTests
{
    [Fact]
    public void ReadsEveryTypeAsPyTorchWroteIt()
    {
        // The values that Golden/serialization/make.py prints.
        var file = Safetensors.Read(Path.Combine(RepositoryRoot(), "Gan.Tests", "Golden", "serialization", "dtypes.safetensors"));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal([0f, -1.5f, 0.1f, 65504f, 1e-7f, MathF.PI], file["f32"].ToFloat32());
        Assert.Equal([0f, -1.5f, 0.1f, 65504f, 1e-7f, MathF.PI], file["f64"].ToFloat32());
        Assert.Equal([0f, -1.5f, 0.0999755859375f, 65504f, 1.1920928955078125e-07f, 3.140625f], file["f16"].ToFloat32());
        Assert.Equal([0f, -1.5f, 0.10009765625f, 65536f, 1.00117176771164e-07f, 3.140625f], file["bf16"].ToFloat32());
        Assert.Equal([(1L << 53) + 1], file["i64"].ToInt64());
        Assert.Equal([int.MinValue, 7L], file["i32"].ToInt64());
        Assert.Equal([short.MinValue, 7L], file["i16"].ToInt64());
        Assert.Equal([-128L, 7], file["i8"].ToInt64());
        Assert.Equal([255L, 7], file["u8"].ToInt64());
        Assert.Equal([1L, 0, 1], file["bool"].ToInt64());
        Assert.Equal([2L, 3], file["f64"].Shape.ToArray());
        Assert.Empty(file["i64"].Shape.ToArray());
        Assert.Equal([0L, 4], file["empty"].Shape.ToArray());
        Assert.Empty(file["empty"].ToFloat32());
    }

    [Fact]
    public void WrittenFileComesBackUnchanged()
    {
        HostTensor[] tensors =
        [
            HostTensor.FromFloat32("main.0.weight", [2, 3], [1, 2, 3, float.NaN, float.NegativeInfinity, -0f]),
            new HostTensor("odd", TensorDType.U8, [3], new byte[] { 9, 8, 7 }),
            HostTensor.FromInt64("main.1.num_batches_tracked", ReadOnlySpan<int>.Empty, [long.MaxValue]),
            HostTensor.FromFloat32("name \"quoted\" \u00e9\n", [1], [5]),
        ];
        var bytes = Write(tensors, new Dictionary<string, string> { ["format"] = "pt", ["a \"key\""] = "" });

        var file = Safetensors.Parse(bytes);
        Assert.Equal(tensors.Select(t => t.Name), file.Select(t => t.Name));
        foreach (var tensor in tensors)
        {
            Assert.Equal(tensor.DType, file[tensor.Name].DType);
            Assert.Equal(tensor.Shape.ToArray(), file[tensor.Name].Shape.ToArray());
            Assert.Equal(tensor.Bytes.ToArray(), file[tensor.Name].Bytes.ToArray());
        }

        Assert.Equal("", file.Metadata["a \"key\""]);
        Assert.Equal(bytes, Write([.. file], file.Metadata));
    }

    [Fact]
    public void WrittenDataIsAlignedForPyTorch()
    {
        HostTensor[] tensors =
        [
            new HostTensor("a", TensorDType.Bool, [1], new byte[1]), HostTensor.FromFloat32("b", [1], [1]), HostTensor.FromInt64("c", [1], [1]),
        ];
        var bytes = Write(tensors);
        var header = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, header % 8);
        Assert.Equal((byte)'{', bytes[8]);
        foreach (var entry in SafetensorsHeader.Parse("x", bytes.AsSpan(8, (int)header), bytes.Length - 8 - header).Entries)
        {
            Assert.Equal(0, entry.Begin % entry.DType.ByteSize());
        }
    }

    [Fact]
    public void EmptyFileOfNoTensorsIsValid() => Assert.Empty(Safetensors.Parse(Write([])));

    [Fact]
    public void ReaderLoadsSingleTensorsFromDisk()
    {
        var path = Path.Combine(Path.GetTempPath(), $"gan-{Guid.NewGuid():n}.safetensors");
        try
        {
            Safetensors.Write(path, [HostTensor.FromFloat32("a", [2], [1, 2]), HostTensor.FromFloat32("b", [1], [3])]);
            using var reader = SafetensorsReader.Open(path);
            Assert.Equal(["a", "b"], reader.Names);
            Assert.Equal([3f], reader.Load("b").ToFloat32());
            Assert.Equal([1f, 2f], reader.Load("a").ToFloat32());
            Assert.Equal([2L], reader.ShapeOf("a").ToArray());
            Assert.Contains("'c': not found", Assert.Throws<SafetensorsException>(() => reader.Load("c")).Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void MissingFileAndFolderAreNamed()
    {
        var missing = Path.Combine(Path.GetTempPath(), "gan-no-such-file.safetensors");
        var error = Assert.Throws<SafetensorsException>(() => Safetensors.Read(missing));
        Assert.Equal($"{missing}: no such file.", error.Message);
        Assert.Contains("is a folder", Assert.Throws<SafetensorsException>(() => Safetensors.Read(Path.GetTempPath())).Message);
    }

    [Fact]
    public void UnknownTensorNameListsThoseThatAre()
    {
        var file = Safetensors.Parse(Write([HostTensor.FromFloat32("net.0.weight", [1], [1])]), "weights");
        var error = Assert.Throws<SafetensorsException>(() => file["main.0.weight"]);
        Assert.Equal("weights: tensor 'main.0.weight': not found; the file holds net.0.weight.", error.Message);
    }

    [Fact]
    public void ReservedAndRepeatedNamesAreNotWritten()
    {
        var a = HostTensor.FromFloat32("a", [1], [1]);
        Assert.Throws<ArgumentException>(() => Write([a, a]));
        Assert.Throws<ArgumentException>(() => Write([HostTensor.FromFloat32("__metadata__", [1], [1])]));
    }

    [Fact]
    public void ConversionsRefuseTheOtherKind()
    {
        Assert.Throws<InvalidOperationException>(() => HostTensor.FromFloat32("a", [1], [1]).ToInt64());
        Assert.Throws<InvalidOperationException>(() => HostTensor.FromInt64("a", [1L], [1]).ToFloat32());
        Assert.Throws<ArgumentException>(() => HostTensor.FromFloat32("a", [2], [1]));
        Assert.Throws<ArgumentException>(() => HostTensor.FromFloat32("a", [-1, -1], [1]));
    }

    [Fact]
    public void ParityWeightsReadAndRewriteLosslessly()
    {
        var path = Path.Combine(RepositoryRoot(), "..", "shared", "parity", "dcgan", "netG.safetensors");
        Assert.SkipUnless(File.Exists(path), "../shared/parity/dcgan is not here");
        var file = Safetensors.Read(path);
        Assert.Contains(file, t => t.Name == "main.0.weight" && t.DType == TensorDType.F32 && t.Shape.Length == 4);
        var again = Safetensors.Parse(Write([.. file], file.Metadata));
        Assert.All(file, t => Assert.True(t.Bytes.Span.SequenceEqual(again[t.Name].Bytes.Span)));
    }

    internal static byte[] Write(IEnumerable<HostTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var stream = new MemoryStream();
        Safetensors.Write(stream, tensors, metadata);
        return stream.ToArray();
    }

    internal static byte[] Raw(string json, int dataBytes)
    {
        var text = Encoding.UTF8.GetBytes(json);
        var bytes = new byte[8 + text.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, text.Length);
        text.CopyTo(bytes, 8);
        return bytes;
    }

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Gan.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Gan.sln is not above the test executable.");
        }

        return folder;
    }
}
