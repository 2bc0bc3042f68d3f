using System.Text.Json;
using Gan.Tests.Runs;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>A long run, with samples and checkpoints between its steps, takes no more memory late than early. It is a process of its own: this one also holds what the other tests take.</summary>
public sealed class FlatMemoryTests(ITestOutputHelper output) : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void TheCurveIsFlat() => Run(steps: 600);

    [Fact]
    [Trait("Category", "Long")]
    public void TheCurveIsFlatAtLength() => Run(steps: 60_000);

    private void Run(int steps)
    {
        string run = _temp.At("run");
        using var process = GanTrainProcess.Start($"--model dcgan --ngf 4 --ndf 4 --nz 8 --image-size 32 --synthetic-count 400 --batch-size 8 --steps {steps} --log-every {steps / 20} "
            + $"--sample-every {steps / 10} --checkpoint-every {steps / 10} --ema 0.9 --instance-noise 0.1 --spectral-norm --clip-grad 1 --grad-norms --out {run}");
        process.End(patience: TimeSpan.FromSeconds(60 + steps / 20)).Expect(0);
        (long Pool, long Set)[] curve =
        [
            .. File.ReadLines(Path.Combine(run, "timing.jsonl")).Select(static l => JsonDocument.Parse(l).RootElement)
                .Select(static r => (r.GetProperty("pool_bytes").GetInt64(), r.GetProperty("working_set_bytes").GetInt64())),
        ];
        output.WriteLine($"{steps} steps: pool {curve[1].Pool} to {curve[^1].Pool} bytes, working set {curve[curve.Length / 2].Set} to {curve[^1].Set}");
        // The pool is exact: both kinds of step and a sample are behind after a quarter. The process also holds what the collector has not given back.
        Assert.All(curve[(curve.Length / 4)..], c => Assert.Equal(curve[curve.Length / 4].Pool, c.Pool));
        Assert.InRange(curve[^1].Set, 0, curve[curve.Length / 2].Set + (64L << 20));
    }
}
