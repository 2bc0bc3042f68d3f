using System.Text.RegularExpressions;
using Gan.Train.Reports;
using Gan.Train.Runs;
using Xunit;
using ColorSystemSupport = Spectre.Console.ColorSystemSupport;

namespace Gan.Tests.Reports;

/// <summary>The live display at any width: nothing wraps, everything named is there, log lines stay whole, nothing of the terminal is left changed.</summary>
public partial class StatusPanelTests
{
    private const string Title = "dcgan on cpu (auto: this version has no CUDA support yet)";
    private static readonly MetricsLine Metrics = new(529, 1, 1.23456f, 12.5f, 0.5f, 0.25f, 0.75f);

    private static readonly RunStatus Status = new(RunState.Running, 530, 40_000, TimeSpan.FromSeconds(465), 86.4, TimeSpan.FromSeconds(123456), 1_200L << 20, 802L << 20,
        Metrics, "/runs/one/samples/step_000500.png");

    [Fact]
    public void EveryWidthFits()
    {
        for (int columns = StatusPanel.MinColumns; columns <= 260; columns++)
        {
            string[] lines = Render(columns, unicode: true, ColorSystemSupport.NoColors);
            Assert.Equal(columns - 4 >= 130 + 1 ? 5 : 6, lines.Length);
            Assert.All(lines, l => Assert.Equal(columns - 1, l.Length));
        }
    }

    [Theory]
    [InlineData(80)]
    [InlineData(200)]
    public void EverythingIsShown(int columns)
    {
        string text = string.Join('\n', Render(columns, unicode: true, ColorSystemSupport.NoColors));
        foreach (string expected in (string[])[Title, "epoch 2/5", "step 530/1250", "42%", "86 images/s", "34:17:36 left", "loss D    1.2346 ", "loss G   12.5000 ", "D(x)      0.5000 ",
            "D(G(z))   0.2500 ", "memory 802 MiB device, 1.2 GiB process", "step_000500.png"])
        {
            Assert.Contains(expected, text);
        }
        Assert.Matches("loss D    1.2346 ▁+▂*.*█", text);
        Assert.DoesNotContain("\e", text);
    }

    [Fact]
    public void ATerminalWithoutUnicodeGetsAscii()
    {
        string text = string.Join('\n', Render(80, unicode: false, ColorSystemSupport.NoColors));
        Assert.Matches(@"^[\x20-\x7e\n]+$", text);
        Assert.Contains("#-", text);
    }

    [Fact]
    public void ColoursChangeNothingButColours()
    {
        string plain = string.Join('\n', Render(100, true, ColorSystemSupport.NoColors)), coloured = string.Join('\n', Render(100, true, ColorSystemSupport.TrueColor));
        Assert.Contains("\e[38;", coloured);
        Assert.Equal(plain, Sequence().Replace(coloured, ""));
    }

    [Fact]
    public void TrendsShowTheLatestSteps()
    {
        Assert.Equal("   ▁█", Trend.Line([0, 1], 5, null, null, true));
        Assert.Equal("▁▂▃▄▅▆▇█", Trend.Line([.. Enumerable.Range(0, 800).Select(static i => i / 800f)], 8, 0, 1, true));
        Assert.Equal("▅▅▅", Trend.Line([3, 3, 3], 3, null, null, true));
        Assert.Equal("_ #", Trend.Line([0, float.NaN, 1], 3, 0, 1, false));
        Assert.Equal("   ", Trend.Line([], 3, null, null, true));
        // A spike that has left the window is not the scale any more.
        Assert.Equal("▁█", Trend.Line([100, .. Enumerable.Repeat(1f, 500), .. Enumerable.Repeat(2f, 500)], 2, null, null, true));
    }

    [Fact]
    public void LogLinesStayAboveThePanelAndNothingRemainsOfIt()
    {
        using var output = new StringWriter();
        using (var display = new LiveDisplay(Title, 5, 1250, 250, output, static () => new(80, 24, ColorSystemSupport.NoColors, true)))
        {
            display.Start("folder");
            Assert.True(display.WantsUpdate);
            display.Update(Status, Series(20));
            Assert.False(display.WantsUpdate);
            display.WriteLine("one\ttwo");
            display.Stop();
            display.Update(Status, Series(20));
            display.Note("Done");
        }
        string[] screen = Screen(output.ToString());
        Assert.Equal(["Run: folder", "one\ttwo", "Done"], screen);
        Assert.DoesNotContain("\e[?25l", output.ToString());
        Assert.Contains("│ epoch 3/5", output.ToString());
    }

    [Fact]
    public void ThePanelIsRewrittenInPlace()
    {
        using var output = new StringWriter();
        var display = new LiveDisplay(Title, 5, 1250, 250, output, static () => new(80, 24, ColorSystemSupport.NoColors, true));
        display.Start("folder");
        for (int i = 1; i <= 5; i++)
        {
            display.Update(Status with { FinishedSteps = 530 + i }, Series(20));
            display.WriteLine($"line {i}");
        }
        string[] screen = Screen(output.ToString());
        Assert.Equal(["Run: folder", "line 1", "line 2", "line 3", "line 4", "line 5"], screen[..6]);
        Assert.Equal(12, screen.Length);
        Assert.Contains("step 535/1250", screen[7]);
    }

    [Theory]
    [InlineData(50, 24)]
    [InlineData(120, 5)]
    public void ASmallWindowGetsOneLine(int columns, int rows)
    {
        using var output = new StringWriter();
        var display = new LiveDisplay(Title, 5, 1250, 250, output, () => new(columns, rows, ColorSystemSupport.NoColors, true));
        display.Start("folder");
        display.Update(Status, Series(20));
        string[] screen = Screen(output.ToString());
        Assert.Equal(2, screen.Length);
        Assert.Contains("86 images/s", screen[1]);
        for (int width = 0; width <= 220; width++)
        {
            Assert.True(StatusLine.Format(width, Status, 1250, 250, 5).Length <= width, $"{width}");
        }
        Assert.Equal("[############------------------]  42%  86 images/s  34:17:36 left  epoch 3/5  D 1.235 G 12.500  D(x) 0.50 D(G(z)) 0.25",
            StatusLine.Format(199, Status, 1250, 250, 5));
    }

    [Fact]
    public void ATerminalThatFailsCostsThePanelOnly()
    {
        using var output = new StringWriter();
        var display = new LiveDisplay(Title, 5, 1250, 250, output, static () => throw new InvalidOperationException("no terminal"));
        display.Start("folder");
        display.Update(Status, Series(20));
        display.WriteLine("one");
        display.Dispose();
        Assert.False(display.WantsUpdate);
        Assert.Equal(["Run: folder", "one"], Screen(output.ToString()));
    }

    private static string[] Render(int columns, bool unicode, ColorSystemSupport colours) =>
        StatusPanel.Render(Title, 5, 1250, 300, Status, Series(300), new TerminalView(columns, 24, colours, unicode));

    private static MetricsSeries Series(int count)
    {
        var series = new MetricsSeries();
        for (int i = 0; i < count; i++)
        {
            series.Add(new(i, 0, i < count - 1 ? i / 100f : Metrics.LossD, Metrics.LossG, Metrics.DX, Metrics.DGz1, Metrics.DGz2));
        }
        return series;
    }

    /// <summary>What a terminal of any width shows, for the sequences used: up, erase to the end of line and of screen.</summary>
    private static string[] Screen(string text)
    {
        List<string> lines = [""];
        int row = 0;
        foreach (Match token in Token().Matches(text))
        {
            string t = token.Value;
            if (t == "\n")
            {
                if (++row == lines.Count)
                {
                    lines.Add("");
                }
            }
            else if (t == "\r")
            {
                // Only ever at a line's begin.
            }
            else if (t.StartsWith("\e[", StringComparison.Ordinal))
            {
                int n = t.Length > 3 ? int.Parse(t[2..^1]) : 0;
                switch (t[^1])
                {
                    case 'A':
                        row -= n;
                        Assert.True(row >= 0);
                        break;
                    case 'J':
                        lines.RemoveRange(row, lines.Count - row);
                        lines.Add("");
                        break;
                    default:
                        Assert.Equal('K', t[^1]);
                        break;
                }
            }
            else
            {
                lines[row] = t;
            }
        }
        return [.. lines.Where(static l => l.Length > 0)];
    }

    [GeneratedRegex("\e\\[[0-9;]*m")]
    private static partial Regex Sequence();

    [GeneratedRegex("\n|\r|\e\\[[0-9]*[A-Z]|[^\n\r\e]+")]
    private static partial Regex Token();
}
