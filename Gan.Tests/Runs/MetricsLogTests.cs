using System.Text.Json;
using Gan.Train.Runs;
using Gan.Train.Settings;
using Xunit;

namespace Gan.Tests.Runs;

public sealed class MetricsLogTests : IDisposable
{
    private readonly TempFolder _temp = new();

    private string Log => _temp.At("metrics.jsonl");

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void LineIsTheContracts()
    {
        Write(new MetricsLine(0, 0, 1.5f, 0.1f, 1e-5f, 0, 1));
        Assert.Equal("""{"step":0,"epoch":0,"loss_d":1.5,"loss_g":0.1,"d_x":1E-05,"d_g_z1":0,"d_g_z2":1}""" + "\n", File.ReadAllText(Log));
    }

    [Fact]
    public void NotANumberIsAString()
    {
        Write(new MetricsLine(0, 0, float.NaN, float.PositiveInfinity, float.NegativeInfinity, -0f, 1));
        Assert.Contains("\"loss_d\":\"NaN\",\"loss_g\":\"Infinity\",\"d_x\":\"-Infinity\",\"d_g_z1\":-0,", File.ReadAllText(Log));
        var line = MetricsLog.Read(Log).Single();
        Assert.True(float.IsNaN(line.LossD) && float.IsPositiveInfinity(line.LossG) && float.IsNegativeInfinity(line.DX));
    }

    [Fact]
    public void EveryFloatComesBackBitForBitAsValidJson()
    {
        const int seed = 7;
        var random = new Random(seed);
        Span<byte> line = stackalloc byte[MetricsLine.MaxBytes];
        for (var i = 0; i < 20_000; i++)
        {
            var written = new MetricsLine(long.MaxValue - i, int.MaxValue, Any(random), Any(random), Any(random), Any(random), Any(random));
            var length = written.Format(line);
            Assert.Equal((byte)'\n', line[length - 1]);
            var read = MetricsLine.Parse(line[..(length - 1)]);
            Assert.True(SameBits(written, read), $"seed {seed}, line {i}: {written} became {read}");
        }
    }

    [Fact]
    public void ResumeCutsBackToTheCheckpoint()
    {
        Write(Lines(0, 10));
        using (var log = MetricsLog.Resume(Log, 6))
        {
            log.Append(Lines(6, 7)[0]);
        }

        Assert.Equal([0L, 1, 2, 3, 4, 5, 6], MetricsLog.Read(Log).Select(static l => l.Step));
        Assert.Single(Directory.GetFiles(_temp.Path));
    }

    [Fact]
    public void StoppedAndResumedEqualsNeverStopped()
    {
        Write(Lines(0, 5000));
        var whole = File.ReadAllBytes(Log);
        Write(Lines(0, 3000));
        using (var log = MetricsLog.Resume(Log, 2500))
        {
            foreach (var line in Lines(2500, 5000))
            {
                log.Append(line);
            }
        }

        Assert.Equal(whole, File.ReadAllBytes(Log));
    }

    [Fact]
    public void ATornLastLineIsCutOff()
    {
        Write(Lines(0, 3));
        File.AppendAllText(Log, """{"step":3,"epoch":0,"lo""");
        Assert.Equal(3, MetricsLog.Read(Log).Count());
        MetricsLog.Resume(Log, 3).Dispose();
        Assert.Equal(3, File.ReadAllLines(Log).Length);
        Assert.EndsWith("}\n", File.ReadAllText(Log));
    }

    [Fact]
    public void NothingToCutTouchesNothing()
    {
        Write(Lines(0, 3));
        var time = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(Log, time);
        MetricsLog.Resume(Log, 3).Dispose();
        Assert.Equal(time, File.GetLastWriteTimeUtc(Log));
    }

    [Fact]
    public void MissingAndDamagedLinesAreExplained()
    {
        Write(Lines(0, 3));
        Assert.Contains("ends after 3 steps, the checkpoint is of 4", Assert.Throws<UsageException>(() => MetricsLog.Resume(Log, 4)).Message);
        File.WriteAllText(Log, File.ReadAllText(Log).Replace("\"step\":1", "\"step\":7", StringComparison.Ordinal));
        Assert.Contains("line 2 is of step 7, expected 1", Assert.Throws<UsageException>(() => MetricsLog.Resume(Log, 3)).Message);
        File.WriteAllText(Log, "what\n");
        Assert.Contains("line 1: not a line of metrics: what", Assert.Throws<UsageException>(() => MetricsLog.Resume(Log, 1)).Message);
        Assert.Contains("line 1", Assert.Throws<FormatException>(() => MetricsLog.Read(Log).Count()).Message);
        File.WriteAllText(Log, new string('x', 100_000));
        Assert.Contains("longer", Assert.Throws<FormatException>(() => MetricsLog.Read(Log).Count()).Message);
        File.Delete(Log);
        Assert.Throws<UsageException>(() => MetricsLog.Resume(Log, 1));
        MetricsLog.Resume(Log, 0).Dispose();
        Assert.Equal("", File.ReadAllText(Log));
    }

    [Fact]
    public void AppendingAllocatesNothing()
    {
        using var log = MetricsLog.Create(Log);
        var line = Lines(0, 1)[0];
        log.Append(line);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            log.Append(line);
            log.Write();
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 100);
    }

    [Fact]
    public void TimingGoesOnBehindATornLine()
    {
        var path = _temp.At("timing.jsonl");
        using (var log = TimingLog.Open(path))
        {
            log.Append(50, 1234.5678, 1 << 20, 1 << 10, 512, 2.5);
        }

        File.AppendAllText(path, "{\"step\":1");
        using (var log = TimingLog.Open(path))
        {
            log.Append(100, double.PositiveInfinity, 1, 2, 3, 4);
        }

        var lines = File.ReadAllLines(path);
        Assert.Equal(2, lines.Length);
        Assert.Equal("""{"step":50,"images_per_second":1234.568,"working_set_bytes":1048576,"pool_bytes":1024,"managed_bytes":512,"wall_seconds":2.5}""", lines[0]);
        Assert.Equal(JsonValueKind.Null, JsonDocument.Parse(lines[1]).RootElement.GetProperty("images_per_second").ValueKind);
    }

    private void Write(params MetricsLine[] lines)
    {
        using var log = MetricsLog.Create(Log);
        foreach (var line in lines)
        {
            log.Append(line);
        }

        log.Flush();
    }

    private static MetricsLine[] Lines(int from, int to) =>
        [.. Enumerable.Range(from, to - from).Select(i => new MetricsLine(i, i / 10, i * 0.1f, i * 0.3f, 1f / (i + 1), MathF.Sin(i), MathF.Exp(-i)))];

    private static float Any(Random random) => BitConverter.Int32BitsToSingle((int)random.NextInt64(int.MinValue, 1L + int.MaxValue));

    private static bool SameBits(MetricsLine a, MetricsLine b)
    {
        static bool Same(float x, float y) => float.IsNaN(x) ? float.IsNaN(y) : BitConverter.SingleToInt32Bits(x) == BitConverter.SingleToInt32Bits(y);
        return a.Step == b.Step && a.Epoch == b.Epoch && Same(a.LossD, b.LossD) && Same(a.LossG, b.LossG) && Same(a.DX, b.DX) && Same(a.DGz1, b.DGz1) && Same(a.DGz2, b.DGz2);
    }
}
