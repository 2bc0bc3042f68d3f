using System.ComponentModel;
using System.Diagnostics;
using Gan.Core.Serialization;
using Gan.Tests.EndToEnd;
using Gan.Tests.Golden;
using Gan.Tests.Reference;
using Xunit;

namespace Gan.Tests.Interop;

/// <summary>gan-train export: the file gives generate's output in other hands, within 1e-5.</summary>
public sealed class ExportTests(ITestOutputHelper log) : IDisposable
{
    private const string Dcgan64 = "--model dcgan --ngf 4 --ndf 4 --nz 8 --nc 1 --synthetic-count 16 --batch-size 8";
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(GanTrain.Dcgan, "latents float [batch, 8, 1, 1]", "images float [batch, 3, 32, 32]")]
    [InlineData(Dcgan64, "latents float [batch, 8, 1, 1]", "images float [batch, 1, 64, 64]")]
    [InlineData(GanTrain.Mlp, "latents float [batch, 8]", "images float [batch, 784]")]
    public void TheGraphGivesTheSameImages(string options, string input, string output)
    {
        (string netG, string onnx) = Export(options);
        var graph = new OnnxInterpreter(File.ReadAllBytes(onnx));
        Assert.Equal((7L, ("", 13L)), (graph.IrVersion, graph.Opset));
        Assert.Equal((input, output), (graph.Input, graph.Output));
        string[] names = [.. Safetensors.Read(netG).Select(static t => t.Name)];
        Assert.Equal(names.Where(static n => !n.EndsWith("num_batches_tracked", StringComparison.Ordinal)).Order(), graph.WeightNames.Order());

        foreach (int rows in (int[])[3, 1])
        {
            (HostTensor z, HostTensor images) = Generate(netG, rows);
            int[] latentShape = options.Contains("mlp", StringComparison.Ordinal) ? [rows, 8] : [rows, 8, 1, 1];
            NdArray found = graph.Run(NdArray.FromFloats(z.ToFloat32(), latentShape));
            Assert.Equal(Array.ConvertAll(images.Shape.ToArray(), static s => (int)s), found.Shape);
            double worst = found.Data.Zip(images.ToFloat32(), static (a, b) => Math.Abs(a - b)).Max();
            log.WriteLine($"{rows} rows: largest difference {worst:e2}");
            Assert.InRange(worst, 0, 1e-5);
            Assert.True(found.Data.Max() - found.Data.Min() > 0.5, "the images are flat");
        }
    }

    [Theory]
    [InlineData(GanTrain.Dcgan)]
    [InlineData(GanTrain.Mlp)]
    public void OpenCvGivesTheSameImages(string options)
    {
        string? python = Array.Find(["python3", "/usr/bin/python3"], static p => Run(p, "-c \"import cv2, numpy\"").Code == 0);
        Assert.SkipUnless(python is not null, "python3 with cv2 is not here (Debian: python3-opencv); the interpreter of these tests runs the graphs instead.");
        (string netG, string onnx) = Export(options);
        Generate(netG, 5);
        (int code, string said) = Run(python!, $"{Path.Combine(GoldenFile.Folder(), "..", "Interop", "check_onnx.py")} {onnx} {_temp.At("z5")} {_temp.At("raw5")}");
        log.WriteLine(said);
        Assert.True(code == 0, said);
    }

    [Fact]
    public void BadInputIsNamedAndLeavesNothing()
    {
        string discriminator = _temp.At("netD.safetensors");
        Safetensors.Write(discriminator, [HostTensor.FromFloat32("main.0.weight", [4, 3, 4, 4], new float[192])]);
        Assert.Contains("--netG is missing", GanTrain.Run("export").Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("--onnx is missing", GanTrain.Run($"export --netG {discriminator}").Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("no generator known here", GanTrain.Run($"export --netG {discriminator} --onnx {_temp.At("g.onnx")}").Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("is the file to read", GanTrain.Run($"export --netG {discriminator} --onnx {discriminator}").Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("it is a folder", GanTrain.Run($"export --netG {discriminator} --onnx {_temp.Path}").Expect(2).Error, StringComparison.Ordinal);
        Assert.Equal(["netD.safetensors"], GanTrain.Files(_temp.Path));
    }

    /// <summary>A generator whose every weight and statistic matters: those of a short run, moved about.</summary>
    private (string NetG, string Onnx) Export(string options)
    {
        string run = _temp.At("run"), netG = _temp.At("netG.safetensors"), onnx = _temp.At("netG.onnx");
        GanTrain.Run($"{options} --steps 1 --out {run}").Expect(0);
        var random = new Random(5);
        Safetensors.Write(netG, Safetensors.Read(Path.Combine(run, "checkpoints", "step_00000001", "netG.safetensors")).Select(t => t.DType == TensorDType.F32
            ? HostTensor.FromFloat32(t.Name, t.Shape, Array.ConvertAll(t.ToFloat32(), v => v + 0.5f * (random.NextSingle() - (v > 0.8f ? 0 : 0.5f))))
            : t));
        Assert.Contains("ONNX opset 13", GanTrain.Run($"export --netG {netG} --onnx {onnx}").Expect(0).Output, StringComparison.Ordinal);
        return (netG, onnx);
    }

    private (HostTensor Latents, HostTensor Images) Generate(string netG, int rows)
    {
        string latents = _temp.At($"z{rows}"), raw = _temp.At($"raw{rows}");
        var random = new Random(rows);
        Safetensors.Write(latents, [HostTensor.FromFloat32("latents", [rows, 8], [.. Enumerable.Range(0, rows * 8).Select(_ => 4 * random.NextSingle() - 2)])]);
        GanTrain.Run($"generate --netG {netG} --latents {latents} --raw {raw}").Expect(0);
        return (Safetensors.Read(latents)["latents"], Safetensors.Read(raw)["output"]);
    }

    private static (int Code, string Output) Run(string program, string arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + error.Result);
        }
        catch (Win32Exception)
        {
            return (127, $"no {program}");
        }
    }
}
