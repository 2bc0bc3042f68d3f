using Gan.Tests.Runs;
using Gan.Train.Runs;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>
/// kill -9 at random moments of a run that checkpoints every step: a resume always goes on, and the end has the same bits as a run that was left alone.
/// </summary>
[Collection(Alone.Name)]
public sealed class KillTests(ITestOutputHelper log) : IDisposable
{
    private const int Steps = 60;
    private const string Options = GanTrain.Mlp + " --checkpoint-every 1 --sample-every 7";
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void KilledRunsEndWithTheSameBits() => Survive(kills: 8);

    [Fact]
    [Trait("Category", "Long")]
    public void RunsKilled200TimesEndWithTheSameBits() => Survive(kills: 200);

    private void Survive(int kills)
    {
        int seed = Random.Shared.Next(), done = 0, finished = 0, beforeFirst = 0;
        log.WriteLine($"seed {seed}");
        var random = new Random(seed);
        string whole = _temp.At("whole"), run = _temp.At("run"), latest = Path.Combine(run, "checkpoints", "latest");
        GanTrain.Run($"{Options} --steps {Steps} --out {whole}").Expect(0);
        while (done < kills || Directory.Exists(run))
        {
            bool begun = File.Exists(Path.Combine(run, "config.json"));
            string arguments = begun ? $"--resume {run}" : $"{Options} --steps {Steps} --out {run}";
            string before = begun && File.Exists(latest) ? File.ReadAllText(latest) : "";
            if (done == kills)
            {
                GanTrain.Run(arguments).Expect(0);
                finished += Compare(whole, run);
                continue;
            }
            using var process = GanTrainProcess.Start(arguments);
            // Mostly while steps are saved; at times while the folder is made or a resume reads it.
            if (random.Next(4) > 0)
            {
                process.WaitUntil(() => File.Exists(latest) && ReadShared(latest) != before);
                Thread.Sleep(random.Next(150));
            }
            else
            {
                Thread.Sleep(random.Next(1500));
            }
            if (process.IsRunning)
            {
                process.Kill();
                done++;
                if (!File.Exists(latest))
                {
                    beforeFirst++;
                    continue;
                }
                Checkpoint newest = new CheckpointStore(Path.Combine(run, "checkpoints")).LoadNewest(out string? warning);
                Assert.True(warning is null, $"seed {seed}, kill {done}: {warning}");
                Assert.True(File.ReadLines(Path.Combine(run, "metrics.jsonl")).Count() >= newest.Step, $"seed {seed}, kill {done}: metrics end before {newest.Step}");
            }
            else
            {
                process.End().Expect(0);
                finished += Compare(whole, run);
            }
        }
        log.WriteLine($"{kills} kills ({beforeFirst} before the first checkpoint), {finished} runs ended with the same bits");
    }

    private static int Compare(string whole, string run)
    {
        GanTrain.AssertSameRun(whole, run, Steps);
        Directory.Delete(run, recursive: true);
        return 1;
    }

    private static string ReadShared(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return new StreamReader(stream).ReadToEnd();
        }
        catch (IOException)
        {
            return "";
        }
    }
}
