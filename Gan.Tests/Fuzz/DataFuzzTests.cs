using System.Diagnostics;
using Xunit;

namespace Gan.Tests.Fuzz;

/// <summary>
/// Short in the default suite. The long form runs 100,000 inputs, or as many as GAN_FUZZ_EXECUTIONS says, from GAN_FUZZ_SEED (default 1):
/// GAN_FUZZ_EXECUTIONS=5000000 dotnet test -c Release Gan.Tests --filter "FullyQualifiedName~DataFuzzTests".
/// </summary>
public class DataFuzzTests(ITestOutputHelper output)
{
    [Fact]
    public void Changed_files_decode_or_are_refused() => Run(seed: 20, count: 4000);

    [Fact, Trait("Category", "Long")]
    public void Changed_files_decode_or_are_refused_at_length() => Run(
        int.Parse(Environment.GetEnvironmentVariable("GAN_FUZZ_SEED") ?? "1"),
        long.Parse(Environment.GetEnvironmentVariable("GAN_FUZZ_EXECUTIONS") ?? "100000"));

    [Fact]
    public void An_input_number_is_always_the_same_bytes()
    {
        var (one, other) = (new DataFuzzer(), new DataFuzzer());
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(one.Input(3, i).Bytes, other.Input(3, i).Bytes);
        }
    }

    private void Run(int seed, long count)
    {
        var fuzzer = new DataFuzzer();
        var (progress, watch) = (0L, Stopwatch.StartNew());
        using var cancel = new CancellationTokenSource();
        var work = Task.Factory.StartNew(() =>
        {
            for (var i = 0L; i < count && !cancel.IsCancellationRequested; i++)
            {
                Volatile.Write(ref progress, i);
                fuzzer.Run(seed, i, 1, cancel.Token);
            }
        }, TaskCreationOptions.LongRunning);
        // A decoder that never returns must fail the test, not hang it.
        for (var last = -1L; !((IAsyncResult)work).AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(30));)
        {
            var now = Volatile.Read(ref progress);
            if (now == last)
            {
                cancel.Cancel();
                Assert.Fail($"input {now} of seed {seed} has not returned for 30 s");
            }
            last = now;
        }
        work.GetAwaiter().GetResult();
        output.WriteLine($"{count} inputs in {watch.Elapsed.TotalSeconds:F1} s: {fuzzer.Decoded} decoded, {fuzzer.Refused} refused");
        Assert.InRange(fuzzer.Decoded, count / 50, count); // changes that never decode would test only the first check
        Assert.InRange(fuzzer.Refused, count / 50, count);
    }
}
