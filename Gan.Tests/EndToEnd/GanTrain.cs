using System.Security.Cryptography;
using Gan.Tests.Runs;
using Gan.Train.Cli;
using Gan.Train.Training;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>What one call of the program gave.</summary>
internal sealed record Ended(int Code, string Output, string Error)
{
    public Ended Expect(int code)
    {
        Assert.True(Code == code, $"exit code {Code}, expected {code}\n{Error}{Output}");
        return this;
    }
}

/// <summary>The program as a user calls it, in this process, and its smallest runs.</summary>
internal static class GanTrain
{
    /// <summary>20 images in batches of 8: 3 steps an epoch, the last on 4 images.</summary>
    public const string Dcgan = "--model dcgan --ngf 4 --ndf 4 --nz 8 --image-size 32 --synthetic-count 20 --batch-size 8";

    /// <summary>20 images in batches of 8, as above.</summary>
    public const string Mlp = "--model mlp --hidden 16 --nz 8 --synthetic-count 20 --batch-size 8";

    /// <param name="arguments">Separated by spaces; none in paths here.</param>
    public static Ended Run(string arguments) => Run(arguments, new StringWriter(), CancellationToken.None);

    public static Ended Run(string arguments, TextWriter output, CancellationToken interrupt, IDeviceCatalogue? devices = null)
    {
        using var error = new StringWriter();
        int code = CommandLine.Run(
            arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            CommandHandlers.Of(output, interrupt, devices),
            output,
            error);
        return new Ended(code, output.ToString()!, error.ToString());
    }

    /// <summary>Interrupts a run as Ctrl-C does, once it has printed so many lines of losses.</summary>
    public static Ended RunInterrupted(string arguments, int lines)
    {
        using var source = new CancellationTokenSource();
        using var output = new CountingWriter(lines, source.Cancel);
        return Run(arguments + " --log-every 1", output, source.Token);
    }

    /// <summary>The bit-exact part of a run's end: both networks, Adam and step state, and all metrics.</summary>
    public static void AssertSameRun(string expected, string found, long steps)
    {
        string checkpoint = Path.Combine("checkpoints", $"step_{steps:D8}");
        Assert.Equal(File.ReadAllText(Path.Combine(expected, "metrics.jsonl")), File.ReadAllText(Path.Combine(found, "metrics.jsonl")));
        Assert.Equal(steps, File.ReadLines(Path.Combine(found, "metrics.jsonl")).Count());
        foreach (string name in (string[])["netG.safetensors", "netD.safetensors", "optimizer.safetensors", "state.json"])
        {
            string file = Path.Combine(checkpoint, name);
            Assert.True(File.ReadAllBytes(Path.Combine(expected, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(found, file))), $"{file} differs");
        }
    }

    /// <summary>Every file and folder below, with content hash and time of last change.</summary>
    public static string[] Snapshot(string folder) =>
    [
        .. new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Prepend(new DirectoryInfo(folder))
            .Select(static e => $"{e.FullName} {e.LastWriteTimeUtc:O} {(e is FileInfo ? Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(e.FullName))) : "folder")}")
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Relative paths of all files below.</summary>
    public static string[] Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    /// <summary>Console output that does something once so many lines of losses were printed.</summary>
    internal sealed class CountingWriter(int lines, Action then) : StringWriter
    {
        private int _lines;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value is not null && (value.Contains("Loss_D", StringComparison.Ordinal) || value.Contains("D_loss", StringComparison.Ordinal)) && ++_lines == lines)
            {
                then();
            }
        }
    }
}
