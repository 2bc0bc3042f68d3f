using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>The program as a process of its own, for what only a process can show: signals, kills, pipes.</summary>
internal sealed partial class GanTrainProcess : IDisposable
{
    public const int Interrupt = 2;
    public const int Terminate = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly Process _process;
    private readonly Task<string> _output, _error;

    private GanTrainProcess(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        _process = Process.Start(start)!;
        (_output, _error) = (_process.StandardOutput.ReadToEndAsync(), _process.StandardError.ReadToEndAsync());
    }

    public bool IsRunning => !_process.HasExited;

    /// <param name="arguments">Of the program.</param>
    /// <param name="variables">Environment variables that it has besides.</param>
    public static GanTrainProcess Start(string arguments, params ReadOnlySpan<(string Name, string Value)> variables)
    {
        var start = new ProcessStartInfo("dotnet", $"{Program} {arguments}");
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }
        return new(start);
    }

    /// <summary>Runs a line of /bin/sh in which $GAN is the program.</summary>
    public static GanTrainProcess StartShell(string line)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs /bin/sh");
        var start = new ProcessStartInfo("/bin/sh");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(line);
        start.Environment["GAN"] = $"dotnet {Program}";
        return new(start);
    }

    /// <summary>Waits until <paramref name="condition"/> holds or the process ends.</summary>
    public void WaitUntil(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition() && IsRunning)
        {
            Assert.True(clock.Elapsed < Patience, "waited too long");
            Thread.Sleep(5);
        }
    }

    public void Send(int signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs POSIX signals");
        Assert.SkipWhen(IsIgnoredHere(signal), $"signal {signal} is ignored here, as in the background of a shell without job control, and so in every process started here");
        if (IsRunning)
        {
            Assert.Equal(0, Kill(_process.Id, signal));
        }
    }

    /// <summary>SIGKILL: nothing in the process can react to it.</summary>
    public void Kill()
    {
        _process.Kill();
        End();
    }

    public Ended End(TimeSpan? patience = null)
    {
        Assert.True(_process.WaitForExit(patience ?? Patience), "the process did not end");
        return new Ended(_process.ExitCode, _output.Result, _error.Result);
    }

    public void Dispose()
    {
        if (IsRunning)
        {
            _process.Kill();
        }
        _process.Dispose();
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "gan-train.dll");

    /// <summary>What this process ignores its children ignore, too (proc(5), SigIgn).</summary>
    private static bool IsIgnoredHere(int signal) => OperatingSystem.IsLinux()
        && Convert.ToUInt64(File.ReadLines("/proc/self/status").First(static l => l.StartsWith("SigIgn:", StringComparison.Ordinal))[7..].Trim(), 16) is var mask && (mask >> (signal - 1) & 1) == 1;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
