using System.IO.Compression;
using System.Text.Json;
using Gan.Core.Serialization;
using Gan.Tests.EndToEnd;
using Gan.Tests.Golden;
using Gan.Tests.Reference;
using Gan.Train.Interop.Pickle;
using Xunit;

namespace Gan.Tests.Interop;

/// <summary>gan-train convert on files that PyTorch wrote (pth/make_pth.py).</summary>
public sealed class ConvertTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    internal static string Pth(string name) => Path.Combine(GoldenFile.Folder(), "..", "Interop", "pth", name);

    [Theory]
    [InlineData("netG_epoch_0")]
    [InlineData("netD_epoch_0")]
    [InlineData("parallel")]
    [InlineData("types")]
    [InlineData("types_protocol4")]
    [InlineData("mixed")]
    [InlineData("checkpoint", "--key netG")]
    public void TensorsKeepTheirNamesOrderShapesTypesAndValues(string name, string options = "")
    {
        string output = _temp.At("out.safetensors");
        GanTrain.Run($"convert {Pth(name + ".pth")} {output} {options}").Expect(0);
        SafetensorsFile file = Safetensors.Read(output);
        var golden = new GoldenFile(Pth(name + ".safetensors"));
        Dictionary<string, string> types = Types(Pth(name + ".safetensors"));
        Assert.Equal(golden.Names, file.Select(static t => t.Name));
        Assert.Equal("pt", file.Metadata["format"]);
        foreach (HostTensor tensor in file)
        {
            NdArray expected = golden[tensor.Name];
            Assert.Equal((tensor.Name, types[tensor.Name]), (tensor.Name, tensor.DType.FileName()));
            Assert.Equal(expected.Shape, Array.ConvertAll(tensor.Shape.ToArray(), static s => (int)s));
            Assert.Equal(expected.Data, Doubles(tensor));
        }
    }

    [Fact]
    public void AConvertedGeneratorMakesImages()
    {
        string weights = _temp.At("netG.safetensors");
        Ended ended = GanTrain.Run($"convert {Pth("parallel.pth")} {weights}").Expect(0);
        Assert.Equal(["note: took 'module.' (torch.nn.DataParallel) off the names", $"Wrote {weights}: 19 tensors (F32, I64), 1,499 values"],
            ended.Output.TrimEnd().Split(Environment.NewLine));
        GanTrain.Run($"generate --netG {weights} --count 2 --out {_temp.At("images")}").Expect(0);
    }

    [Theory]
    [InlineData("whole_module", "the Python object torch.nn.modules.container.Sequential")]
    [InlineData("evil", "__builtin__.eval")]
    [InlineData("legacy", "old format of PyTorch before 1.6; with a newer PyTorch: torch.save(torch.load(FILE)")]
    [InlineData("complex", "(ComplexFloatStorage); float64")]
    [InlineData("quantized", "torch._utils._rebuild_qtensor")]
    [InlineData("sparse", "torch._utils._rebuild_sparse_tensor")]
    [InlineData("expanded", "tensor 'e' of shape [1000] is more than its storage of 1 elements")]
    [InlineData("one_tensor", "holds a tensor, not a dictionary")]
    [InlineData("numbers", "keys are no names (an integer)")]
    [InlineData("script", "TorchScript archive")]
    [InlineData("checkpoint", "'netG' (a dictionary of 4), 'optimizer' (a dictionary of 2), 'note' (a text); choose one with --key NAME")]
    public void OtherFilesAreRefusedByName(string name, string expected)
    {
        Ended ended = GanTrain.Run($"convert {Pth(name + ".pth")} {_temp.At("out.safetensors")}").Expect(2);
        Assert.Contains(expected, ended.Error, StringComparison.Ordinal);
        Assert.Empty(GanTrain.Files(_temp.Path));
    }

    [Fact]
    public void BadPathsAreNamed()
    {
        string good = Pth("mixed.pth"), empty = _temp.At("empty.pth"), text = _temp.At("text.pth");
        File.WriteAllText(empty, "");
        File.WriteAllText(text, "weights");
        Assert.Contains("OUT.safetensors is missing", Refused($"convert {good}"), StringComparison.Ordinal);
        Assert.Contains("IN.pth is missing", Refused("convert"), StringComparison.Ordinal);
        Assert.Contains("'third' is not expected here", Refused($"convert {good} b third"), StringComparison.Ordinal);
        Assert.Contains("no such file", Refused($"convert {_temp.At("nothing")} {_temp.At("b")}"), StringComparison.Ordinal);
        Assert.Contains("a folder; give a .pth file", Refused($"convert {_temp.Path} {_temp.At("b")}"), StringComparison.Ordinal);
        Assert.Contains("is empty", Refused($"convert {empty} {_temp.At("b")}"), StringComparison.Ordinal);
        Assert.Contains("no file of torch.save", Refused($"convert {text} {_temp.At("b")}"), StringComparison.Ordinal);
        Assert.Contains("is the file to read", Refused($"convert {text} {text}"), StringComparison.Ordinal);
        Assert.Contains("it is a folder", Refused($"convert {good} {_temp.Path}"), StringComparison.Ordinal);
        Assert.Contains("make it first", Refused($"convert {good} {_temp.At("x/y")}"), StringComparison.Ordinal);
        Assert.Contains("already; use it as it is", Refused($"convert {Pth("mixed.safetensors")} {_temp.At("b")}"), StringComparison.Ordinal);
        Assert.Contains("nothing under --key 'netD'; there is 'epoch'", Refused($"convert {Pth("checkpoint.pth")} {_temp.At("b")} --key netD"), StringComparison.Ordinal);
        Assert.Equal(["empty.pth", "text.pth"], GanTrain.Files(_temp.Path));
    }

    [Fact]
    public void ADamagedTensorIsSeenByItsChecksum()
    {
        byte[] file = File.ReadAllBytes(Pth("mixed.pth"));
        int at = file.AsSpan().IndexOf(BitConverter.GetBytes(3f)); // inside the storage 0, 1, 2, 3, 4
        file[at] ^= 1;
        Assert.Contains("checksum of mixed/data/0", Problem(file), StringComparison.Ordinal);
    }

    [Fact]
    public void ACompressedEntryIsRefusedBeforeItIsUnpacked()
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            using Stream pickle = zip.CreateEntry("a/data.pkl", CompressionLevel.Optimal).Open();
            pickle.Write(new byte[1 << 22]);
        }
        Assert.Contains("a/data.pkl is compressed", Problem(bytes.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void ManyNamesForOneStorageDoNotFillTheMemory()
    {
        // {'0': w, '1': w, ...} over one storage of 4 MB, each two more bytes in the pickle: without a limit, 400 GB.
        const int names = 100_000, elements = 1_000_000;
        using var pickle = new MemoryStream();
        void Put(string text) => pickle.Write(System.Text.Encoding.Latin1.GetBytes(text));
        Put("\u0080\u0002}(ctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuJ");
        pickle.Write(BitConverter.GetBytes(elements));
        Put("tQK\0J");
        pickle.Write(BitConverter.GetBytes(elements));
        Put("\u0085K\u0001\u0085\u0089}tRq\00");
        for (int i = 0; i < names; i++)
        {
            string name = i.ToString();
            Put($"\u008c{(char)name.Length}{name}h\0");
        }
        Put("u.");
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Entry(zip, "a/data.pkl", pickle.ToArray());
            Entry(zip, "a/data/0", new byte[4 * elements]);
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("more than eight times the file", Problem(bytes.ToArray()), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20 * bytes.Length);
    }

    private static void Entry(ZipArchive zip, string name, byte[] data)
    {
        using Stream stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
        stream.Write(data);
    }

    private static string Problem(byte[] file) =>
        Assert.Throws<Gan.Train.Interop.TorchFileException>(() => StateDict.Read(new MemoryStream(file))).Message;

    private string Refused(string arguments) => GanTrain.Run(arguments).Expect(2).Error;

    private static double[] Doubles(HostTensor tensor) => tensor.DType switch
    {
        TensorDType.F64 => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, double>(tensor.Bytes.Span).ToArray(),
        TensorDType.F32 or TensorDType.F16 or TensorDType.BF16 => Array.ConvertAll(tensor.ToFloat32(), static v => (double)v),
        _ => Array.ConvertAll(tensor.ToInt64(), static v => (double)v),
    };

    private static Dictionary<string, string> Types(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        using var json = JsonDocument.Parse(bytes.AsMemory(8, (int)BitConverter.ToInt64(bytes)));
        return json.RootElement.GetProperty("__metadata__").EnumerateObject().ToDictionary(static p => p.Name, static p => p.Value.GetString()!);
    }
}
