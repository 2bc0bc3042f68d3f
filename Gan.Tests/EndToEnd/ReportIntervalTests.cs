using Gan.Tests.Runs;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>losses.png keeps up with the intervals of a run, also where the page about it is paced.</summary>
[Collection(Alone.Name)]
public sealed class ReportIntervalTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("--sample-every 20 --checkpoint-every 1000000 --log-every 1000000")]
    [InlineData("--sample-every 1000000 --checkpoint-every 20 --log-every 1000000")]
    [InlineData("--sample-every 1000000 --checkpoint-every 1000000 --log-every 20")]
    public void LossesAreDrawnBetweenTwoPages(string intervals)
    {
        string at = _temp.At("run"), losses = Path.Combine(at, "losses.png"), page = Path.Combine(at, "report.html");
        using var process = GanTrainProcess.Start($"--model mlp --synthetic-count 100000 --batch-size 4 --hidden 8 --steps 10000000 {intervals} --out {at}");
        process.WaitUntil(() => File.Exists(page));
        DateTime written = File.GetLastWriteTimeUtc(page);
        var drawn = new HashSet<DateTime>();
        process.WaitUntil(() =>
        {
            drawn.Add(File.GetLastWriteTimeUtc(losses));
            if (File.GetLastWriteTimeUtc(page) is var now && now != written)
            {
                (written, _) = (now, drawn.RemoveWhere(static _ => true)); // the page's turn: its picture is not counted
            }
            return drawn.Count > 2;
        });
        Assert.True(process.IsRunning);
        process.Kill();
    }
}
