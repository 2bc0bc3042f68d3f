using Gan.Train.Reports;
using Gan.Train.Runs;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>The live display at any width: the status never wraps, log lines stay whole, nothing of the terminal is left changed.</summary>
public class LiveDisplayTests
{
    private static readonly MetricsLine Metrics = new(5, 1, 1.23456f, 12.5f, 0.5f, 0.25f, 0.75f);

    [Fact]
    public void TheStatusFitsEveryWidth()
    {
        for (int width = 0; width <= 220; width++)
        {
            string text = StatusLine.Format(width, 0.5, "12/500", 12345.6, 123456, Metrics);
            Assert.True(text.Length <= width, $"{text.Length} of {width}: {text}");
        }
        Assert.Equal("[###############---------------]  50%  86 images/s  34:17:36 left  epoch 2/5  D 1.235 G 12.500  D(x) 0.50 D(G(z)) 0.25",
            StatusLine.Format(199, 0.5, "2/5", 86.4, 123456, Metrics));
        Assert.Equal("[####----]  50%  86 images/s  34:17:36 left  epoch 2/5  D 1.235 G 12.500", StatusLine.Format(72, 0.5, "2/5", 86.4, 123456, Metrics));
        Assert.Equal(" 50%  8.6 images/s  0:00:05 left", StatusLine.Format(39, 0.5, "2/5", 8.64, 5, Metrics)[..32]);
    }

    [Fact]
    public void LogLinesStayAboveTheStatusAndNothingRemainsOfIt()
    {
        using var output = new StringWriter();
        using (var display = new LiveDisplay(10, 5, output, () => 80))
        {
            display.Start(0, "folder");
            Assert.True(display.WantsUpdate);
            display.Update(5, 40, Metrics);
            Assert.False(display.WantsUpdate);
            display.WriteLine("one\ttwo");
            display.Dispose();
            display.Note("Done");
        }
        string text = output.ToString();
        Assert.Contains("\r\e[2KRun: folder\n", text);
        Assert.Matches(@"\r\e\[2Kone\ttwo\n\[[#-]+\]  50%", text);
        Assert.EndsWith("\r\e[2KDone\n", text);
        Assert.DoesNotContain("\e[?25l", text);
    }
}
