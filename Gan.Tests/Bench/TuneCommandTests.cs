using System.Text.Json;
using Gan.Bench;
using Gan.Kernels.Cuda.Launch;
using Xunit;

namespace Gan.Tests.Bench;

public sealed class TuneCommandTests
{
    [Theory]
    [InlineData("fp32")]
    [InlineData("tf32")]
    public void Every_way_of_every_product_is_measured(string precision)
    {
        using var temp = new TempFolder();
        string json = temp.At("tune.json");
        (int exit, string output, string errors) = Run($"tune --device cuda-emulator --precision {precision} --json {json}");
        Assert.True(exit == 0, errors);
        JsonElement root = JsonDocument.Parse(File.ReadAllText(json)).RootElement;
        Assert.Equal(("cuda-emulator", precision), (root.GetProperty("device").GetString(), root.GetProperty("precision").GetString()));
        var rows = root.GetProperty("rows").EnumerateArray().Select(static r => (Product: r.GetProperty("product").GetString()!, Tile: r.GetProperty("tile").GetString()!,
            Parts: r.GetProperty("parts").GetInt32(), Us: r.GetProperty("us").GetDouble(), Chosen: r.GetProperty("chosen").GetBoolean())).ToArray();
        Assert.All(rows, static r => Assert.True(r.Us > 0));
        foreach (var product in rows.GroupBy(static r => r.Product))
        {
            Assert.Single(product, static r => r.Chosen);
            Assert.Equal(product.Count(), product.DistinctBy(static r => (r.Tile, r.Parts)).Count());
            Assert.Contains(product.Key, output, StringComparison.Ordinal);
        }
        // 64 cubed has operands for wide copies, so all tiles of the family are tried.
        ProductTile[] tiles = precision == "fp32" ? ProductFamily.GemmNn.Fp32Tiles : ProductFamily.GemmNn.MmaTiles;
        Assert.Equal(tiles.Select(static t => t.Suffix).Order(), rows.Where(static r => r.Product == "matmul 64x64x64").Select(static r => r.Tile).Distinct().Order());
        Assert.Contains(rows, static r => r.Product.StartsWith("linear_forward D1", StringComparison.Ordinal) && r.Parts > 1);
        Assert.Contains("taken over fastest: geometric mean", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tune --device cpu", "--device cpu")]
    [InlineData("tune --device cuda-emulator --threads 2", "--threads")]
    [InlineData("tune --device cuda:99", "--device cuda:99")]
    [InlineData("tune --device cuda:99", "use --device cuda-emulator.")]
    [InlineData("tune --json no/such/folder/t.json --device cuda-emulator", "no/such/folder")]
    public void What_cannot_be_is_said_in_a_line(string arguments, string named)
    {
        (int exit, string output, string errors) = Run(arguments);
        Assert.Equal((2, ""), (exit, output));
        Assert.StartsWith("tune: ", errors);
        Assert.Contains(named, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    private static (int Exit, string Output, string Errors) Run(string arguments)
    {
        using StringWriter output = new(), errors = new();
        int exit = BenchApp.Run(arguments.Split(' '), output, errors);
        return (exit, output.ToString(), errors.ToString());
    }
}
