using System.Diagnostics;
using Xunit;

namespace Gan.Tests.Fuzz;

/// <summary>Short in the default suite; the long form runs GAN_FUZZ_EXECUTIONS inputs (100,000) from GAN_FUZZ_SEED (1).</summary>
public class StateFuzzTests(ITestOutputHelper output)
{
    [Fact]
    public void ChangedStateIsTakenOrRefused() => Run(seed: 20, count: 4000);

    [Fact, Trait("Category", "Long")]
    public void ChangedStateIsTakenOrRefusedAtLength() => Run(
        int.Parse(Environment.GetEnvironmentVariable("GAN_FUZZ_SEED") ?? "1"),
        long.Parse(Environment.GetEnvironmentVariable("GAN_FUZZ_EXECUTIONS") ?? "100000"));

    private void Run(int seed, long count)
    {
        using var fuzzer = new StateFuzzer();
        var watch = Stopwatch.StartNew();
        for (long i = 0; i < count; i++)
        {
            fuzzer.Run(seed, i);
        }
        output.WriteLine($"{count} inputs in {watch.Elapsed.TotalSeconds:F1} s: {fuzzer.Taken} taken, {fuzzer.Refused} refused");
        Assert.InRange(fuzzer.Taken, count / 50, count); // changes that are always refused would test only the first check
        Assert.InRange(fuzzer.Refused, count / 50, count);
    }
}
