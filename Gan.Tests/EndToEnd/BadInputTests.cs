using System.Buffers.Binary;
using Gan.Core.Serialization;
using Gan.Tests.Runs;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>Bad input is exit code 2 with one message that names the option or file and what to do, and the disk is as it was.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("--model dcgan --data {0}/empty", "--data", "holds no image files", "it is empty")]
    [InlineData("--model dcgan --data {0}/nowhere", "--data", "neither a file nor a folder")]
    [InlineData("--model mlp --data {0}/truncated-images-idx3-ubyte", "--data", "truncated-images-idx3-ubyte")]
    [InlineData("--model mlp --data {0}/t10k-labels-idx1-ubyte", "--data", "labels", "give")]
    [InlineData("--model dcgan --data {0}/text", "--data", "text.png", "--skip-bad-images")]
    [InlineData("--model dcgan --data {0}/text/text.png", "--data", "single file", "folder that holds the images")]
    [InlineData("--model dcgan --data {0}/text --skip-bad-images", "--data", "text.png", "None is left")]
    [InlineData(GanTrain.Dcgan + " --netG {0}/netD.safetensors", "--netG", "netD.safetensors", "main.")]
    [InlineData(GanTrain.Dcgan + " --netD {0}/netG.safetensors", "--netD", "netG.safetensors", "main.")]
    [InlineData(GanTrain.Dcgan + " --netG {0}/wide.safetensors", "--netG", "wide.safetensors", "[8, 32, 4, 4]", "expects")]
    [InlineData(GanTrain.Dcgan + " --netG {0}/nan.safetensors", "--netG", "nan.safetensors", "main.1.bias", "not finite")]
    [InlineData(GanTrain.Dcgan + " --netG {0}/nowhere.safetensors", "--netG", "no such file")]
    [InlineData(GanTrain.Dcgan + " --netG {0}/text/text.png", "--netG", "text.png")]
    [InlineData(GanTrain.Dcgan + " --netG {0}/empty", "--netG", "is a folder")]
    [InlineData(GanTrain.Dcgan + " --steps 2 --latents {0}/latents.safetensors", "--latents", "it has 10 rows", "draw 16")]
    [InlineData(GanTrain.Dcgan + " --steps 1 --latents {0}/netG.safetensors", "--latents", "netG.safetensors", "latents", "not found")]
    [InlineData("--model mlp --nz 9 --synthetic-count 8 --batch-size 8 --steps 1 --latents {0}/latents.safetensors", "--latents", "[10, 8]", "[rows, 9]", "--nz")]
    [InlineData("--model mlp --nz 8 --synthetic-count 9 --batch-size 9 --steps 1 --latents {0}/nan-latents.safetensors", "--latents", "not finite")]
    [InlineData("--model mlp --synthetic-count 20 --batch-size 21", "--batch-size 21", "holds 20 images", "at most 20")]
    [InlineData("--model dcgan --lr nan", "--lr nan", "finite")]
    [InlineData("--model dcgan --lr 1e30", "--lr 1e30")]
    [InlineData("--model dcgan --bogus", "unknown option --bogus")]
    [InlineData("--model dcgan --device cpu --precision bf16", "--precision bf16", "the cpu computes in fp32", "NVIDIA")]
    [InlineData("--model dcgan --device cuda:99", "--device cuda:99", "--device cpu")]
    [InlineData("--model dcgan --ngpu 2", "--ngpu 2", "--ngpu 0")]
    [InlineData("--model dcgan --synthetic-count 1000000 --image-size 128 --workers 1", "memory", "fewer")]
    [InlineData("--model mlp --steps 1 --hidden 65536 --nz 65536 --synthetic-count 60 --batch-size 60", "memory", "--batch-size")]
    [InlineData(GanTrain.Dcgan + " --out {0}/text/text.png", "--out", "it is a file", "another folder")]
    [InlineData(GanTrain.Dcgan + " --out {0}/text/text.png/run", "--out", "text.png is a file")]
    [InlineData(GanTrain.Dcgan + " --out {0}/text", "--out", "holds other files (text.png)", "new folder")]
    [InlineData(GanTrain.Dcgan + " --out {0}/text --overwrite", "--out", "holds other files (text.png)")]
    [InlineData(GanTrain.Dcgan + " --out {0}/corrupt", "--out", "holds a run", "--overwrite", "--resume")]
    [InlineData(GanTrain.Dcgan + " --dry-run --out {0}/corrupt", "--out", "holds a run")]
    [InlineData("--resume {0}/corrupt", "config.json", "damaged")]
    [InlineData("--resume {0}/text", "config.json", "no run to resume")]
    [InlineData("generate --netG {0}/netD.safetensors --out {0}/pictures", "--netG", "netD.safetensors")]
    [InlineData("generate --netG {0}/text/text.png --out {0}/pictures", "--netG", "text.png")]
    [InlineData("generate --netG {0}/empty --out {0}/pictures", "--netG", "holds no checkpoint")]
    [InlineData("generate --netG {0}/hollow.safetensors --out {0}/pictures", "--netG", "hollow.safetensors", "main.")]
    [InlineData("generate --netG {0}/netG.safetensors --count 1000000 --out {0}/pictures", "--count 1000000", "fewer at a time")]
    [InlineData("generate --netG {0}/netG.safetensors --count 11 --latents {0}/latents.safetensors --out {0}/pictures", "--count 11", "10 rows")]
    [InlineData("generate --netG {0}/netG.safetensors --raw {0}/r --out {0}/text/text.png", "--out", "it is a file")]
    [InlineData("generate --netG {0}/netG.safetensors --raw {0}/no/where --out {0}/pictures", "--raw", "no folder")]
    [InlineData("generate --netG {0}/netG.safetensors --raw {0}/text", "--raw", "it is a folder")]
    public void IsRefusedInOneMessage(string arguments, params string[] fragments)
    {
        MakeInput();
        arguments = string.Format(arguments, _temp.Path);
        if (!arguments.Contains("--out", StringComparison.Ordinal) && !arguments.StartsWith("--resume", StringComparison.Ordinal))
        {
            arguments += $" --out {_temp.At("run")}";
        }
        string[] before = GanTrain.Snapshot(_temp.Path);
        Ended ended = GanTrain.Run(arguments).Expect(2);
        Assert.Equal(before, GanTrain.Snapshot(_temp.Path));
        Assert.StartsWith("error: ", ended.Error);
        Assert.Single(ended.Error.TrimEnd().Split('\n'));
        Assert.All(fragments, fragment => Assert.Contains(fragment, ended.Error));
    }

    [Fact]
    public void AFlippedByteInACheckpointGivenByNameIsRefused()
    {
        string run = _temp.At("run"), checkpoint = Path.Combine(run, "checkpoints", "step_00000002");
        GanTrain.Run($"{GanTrain.Mlp} --steps 2 --checkpoint-every 1 --out {run}").Expect(0);
        string weights = Path.Combine(checkpoint, "netG.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^5] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Assert.Contains("SHA-256", GanTrain.Run($"generate --netG {checkpoint} --out {_temp.At("g")}").Expect(2).Error);
        Assert.False(Directory.Exists(_temp.At("g")));
        Ended older = GanTrain.Run($"generate --netG {run} --count 1 --out {_temp.At("g")}").Expect(0);
        Assert.Contains("Using step_00000001 instead", older.Output);
    }

    [Fact]
    public void AResumedRunRefusesWhatContradictsIt()
    {
        string run = _temp.At("run");
        GanTrain.Run($"{GanTrain.Dcgan} --steps 1 --out {run}").Expect(0);
        string[] before = GanTrain.Snapshot(run);
        foreach ((string option, string expected) in ((string, string)[])[
            ("--lr 0.1", "--lr 0.1: contradicts"), ("--model mlp", "--model mlp"), ("--no-shuffle", "--no-shuffle"), ("--ngf 8", "--ngf 8"),
            ("--data synthetic-digits", "not the data of this run"), ("--synthetic-count 21", "--synthetic-count"), ("--out elsewhere", "--out elsewhere"), ("--overwrite", "--overwrite")])
        {
            Assert.Contains(expected, GanTrain.Run($"--resume {run} --steps 2 {option}").Expect(2).Error);
        }
        Assert.Equal(before, GanTrain.Snapshot(run));
    }

    private void MakeInput()
    {
        Directory.CreateDirectory(_temp.At("empty"));
        Directory.CreateDirectory(_temp.At("text"));
        File.WriteAllText(_temp.At("text/text.png"), "this is no picture");
        Directory.CreateDirectory(_temp.At("corrupt"));
        File.WriteAllText(_temp.At("corrupt/config.json"), "{\"format\":1,");
        File.WriteAllBytes(_temp.At("truncated-images-idx3-ubyte"), Idx([10, 28, 28], 3 * 784));
        File.WriteAllBytes(_temp.At("t10k-labels-idx1-ubyte"), Idx([10], 10));

        string run = _temp.At("made");
        GanTrain.Run($"{GanTrain.Dcgan} --steps 0 --out {run}").Expect(0);
        foreach (string net in (string[])["netG", "netD"])
        {
            File.Move(Path.Combine(run, "checkpoints", "step_00000000", $"{net}.safetensors"), _temp.At($"{net}.safetensors"));
        }
        Directory.Delete(run, recursive: true);
        SafetensorsFile netG = Safetensors.Read(_temp.At("netG.safetensors"));
        Save("wide", netG.Select(static t => t.Name == "main.0.weight" ? Zeros(t.Name, 8, 32, 4, 4) : t));
        Save("nan", netG.Select(static t => t.Name == "main.1.bias" ? HostTensor.FromFloat32(t.Name, t.Shape, [.. t.ToFloat32().Skip(1), float.NaN]) : t));
        // Sizes that take no bytes in the file and would take all memory as a network.
        Save("hollow", [Zeros("main.0.weight", 0, 1 << 30, 4, 4), Zeros("main.3.weight", 1 << 30, 0, 4, 4), Zeros("main.6.weight", 0, 9, 4, 4), Zeros("main.9.weight", 1 << 30, 0, 4, 4)]);
        Save("latents", [Zeros("latents", 10, 8)]);
        Save("nan-latents", [HostTensor.FromFloat32("latents", [20, 8], [.. Enumerable.Repeat(float.NegativeInfinity, 160)])]);
    }

    private void Save(string name, IEnumerable<HostTensor> tensors) => Safetensors.Write(_temp.At($"{name}.safetensors"), tensors);

    private static HostTensor Zeros(string name, params long[] shape) => HostTensor.FromFloat32(name, shape, new float[shape.Aggregate(1L, static (a, b) => a * b)]);

    private static byte[] Idx(int[] sizes, int dataBytes)
    {
        var bytes = new byte[4 + 4 * sizes.Length + dataBytes];
        (bytes[2], bytes[3]) = (8, (byte)sizes.Length);
        for (int i = 0; i < sizes.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 + 4 * i), sizes[i]);
        }
        return bytes;
    }
}
