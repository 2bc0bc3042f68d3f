using System.ComponentModel;
using System.Diagnostics;
using Gan.Tests.Golden;
using Xunit;

namespace Gan.Tests.Bench;

/// <summary>Gan.Bench/peers/compare_gpu.py, as far as it goes without PyTorch and without a GPU.</summary>
public class ComparisonTests(ITestOutputHelper log)
{
    [Fact]
    public void What_hangs_or_dies_is_named_and_targets_are_judged()
    {
        string tests = Path.Combine(GoldenFile.Folder(), ".."), check = Path.Combine(tests, "Bench", "check_compare_gpu.py"), peers = Path.Combine(tests, "..", "Gan.Bench", "peers");
        Assert.SkipUnless(File.Exists(check), "the sources of the tests are not here");
        Assert.SkipUnless(Run("-c \"import sys; sys.exit(sys.version_info < (3, 9))\"").Code == 0, "python3 from 3.9 on is not here; the peers' scripts need it");
        (int code, string said) = Run($"{check} {peers}");
        log.WriteLine(said);
        Assert.True(code == 0, said);
    }

    private static (int Code, string Output) Run(string arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("python3", $"-B {arguments}") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + error.Result);
        }
        catch (Win32Exception)
        {
            return (127, "no python3");
        }
    }
}
