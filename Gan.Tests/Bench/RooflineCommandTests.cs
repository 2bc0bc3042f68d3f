using Gan.Bench;
using Gan.Bench.Roofline;
using Gan.Kernels.Cpu;
using Xunit;

namespace Gan.Tests.Bench;

public class RooflineCommandTests
{
    [Theory]
    [InlineData("--device cuda:99", "--device cuda:99")]
    [InlineData("--device tpu", "--device tpu")]
    [InlineData("--precision tf32", "--precision tf32")]
    [InlineData("--precision bf16", "--precision bf16")]
    [InlineData("--precision int8", "--precision int8")]
    [InlineData("--threads 0", "--threads 0")]
    [InlineData("--threads many", "--threads many")]
    [InlineData("--threads 100000", "--threads 100000")]
    [InlineData("--json no/such/folder/table.json", "no/such/folder")]
    [InlineData("--json .", "--json .")]
    [InlineData("--fast", "--fast")]
    [InlineData("--quick 64 64", "64")]
    [InlineData("--json", "--json")]
    public void Bad_arguments_are_one_line_and_exit_2(string arguments, string named)
    {
        (int exit, string output, string errors) = Run($"roofline {arguments}");
        Assert.Equal(2, exit);
        Assert.Equal("", output);
        Assert.Contains(named, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Help_names_every_option()
    {
        (int exit, string output, _) = Run("roofline --help");
        Assert.Equal(0, exit);
        foreach (string option in (string[])["--device", "--precision", "--threads", "--quick", "--json"])
        {
            Assert.Contains(option, output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("fp32")]
    [InlineData("tf32")]
    [InlineData("bf16")]
    public void The_table_of_a_cuda_device_is_measured_by_events(string precision)
    {
        using var temp = new TempFolder();
        string json = temp.At("table.json");
        (int exit, string output, string errors) = Run($"roofline --device cuda-emulator --precision {precision} --quick --json {json}");
        Assert.True(exit == 0, errors);
        Assert.Contains($"independent multiply-add chains, {precision}", output, StringComparison.Ordinal);
        System.Text.Json.JsonElement root = System.Text.Json.JsonDocument.Parse(File.ReadAllText(json)).RootElement;
        Assert.Equal(("cuda-emulator", precision), (root.GetProperty("device").GetString(), root.GetProperty("precision").GetString()));
        Assert.True(root.GetProperty("peak_gflops").GetDouble() > 0);
        System.Text.Json.JsonElement[] kernels = [.. root.GetProperty("kernels").EnumerateArray()];
        Assert.Contains(kernels, static k => k.GetProperty("name").GetString() == "matmul");
        Assert.Contains(kernels, static k => k.GetProperty("name").GetString() == "gather_normalize");
        Assert.All(kernels, static k => Assert.True(k.GetProperty("ms").GetDouble() > 0));
        Assert.Equal("mlp", root.GetProperty("steps")[0].GetProperty("model").GetString());
    }

    [Fact]
    public void List_shows_operations_and_bytes_of_every_case()
    {
        (int exit, string output, _) = Run("list");
        Assert.Equal(0, exit);
        Assert.Contains("conv_forward D2 N=64 64x32x32->128x16x16 k4s2p1  4294.967 MFLOP  25.69 MB", output, StringComparison.Ordinal);
        Assert.Equal(Gan.Bench.Cases.KernelCases.Families.Sum(static f => f.Value.Count), output.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public void The_median_is_the_middle()
    {
        Assert.Equal(2, Timing.Median([9, 1, 2]));
        Assert.Equal(3, Timing.Median([9, 4, 2, 1]));
        int calls = 0;
        Assert.True(Timing.Median(() => calls++, new TimeBudget(0, 3, 5, 1)) >= 0);
        Assert.True(calls > 3);
        Assert.True(Timing.Median(() => Thread.Sleep(30), new TimeBudget(1, 3, 5, 0.01)) >= 0.03, "a slow call is measured once, by its warm-up");
    }

    [Fact]
    public void Wider_vectors_have_a_higher_peak()
    {
        double scalar = FmaPeak.Measure(1, SimdWidth.Scalar, 0.05);
        Assert.True(scalar > 0.05, $"{scalar} GFLOP/s");
        Assert.SkipUnless(SimdWidth.Hardware >= 128, "no vector hardware");
        double vector = FmaPeak.Measure(1, 128, 0.05);
        Assert.True(vector > 2 * scalar, $"128 bits {vector}, scalar {scalar} GFLOP/s");
        Assert.Throws<ArgumentOutOfRangeException>(static () => FmaPeak.Measure(1, 64, 0.01));
    }

    private static (int Exit, string Output, string Errors) Run(string arguments)
    {
        StringWriter output = new(), errors = new();
        int exit = BenchApp.Run(arguments.Split(' '), output, errors);
        return (exit, output.ToString(), errors.ToString());
    }
}
