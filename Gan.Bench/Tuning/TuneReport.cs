using System.Globalization;
using Gan.Bench.Reports;
using static Gan.Bench.Reports.TextColumns;

namespace Gan.Bench.Tuning;

/// <summary>One way of computing a product, measured.</summary>
/// <param name="Product">Kernel and shape.</param>
/// <param name="Tile">The compiled tile.</param>
/// <param name="Parts">Parts that its sums are split into.</param>
/// <param name="Us">Median microseconds of a call, the addition of the parts included.</param>
/// <param name="Gflops">Textbook GFLOP/s.</param>
/// <param name="Chosen">Whether it is the one that the library takes.</param>
internal sealed record TuneRow(string Product, string Tile, int Parts, double Us, double Gflops, bool Chosen);

/// <summary>All ways of all products on one device.</summary>
internal sealed record TuneReport(string Device, string Precision, IReadOnlyList<TuneRow> Rows)
{
    /// <summary>A line a product: what the library takes, what is fastest, and how much faster; then the best that each tile reached.</summary>
    public void Write(string description, TextWriter output)
    {
        output.WriteLine($"{Device}: {description}; {Precision}");
        List<string[]> lines = [["product", "taken", "us", "GFLOP/s", "fastest", "us", "taken / fastest"]];
        double logarithms = 0, taken = 0, fastest = 0;
        var products = Rows.GroupBy(static r => r.Product).ToArray();
        foreach (var product in products)
        {
            TuneRow chosen = product.First(static r => r.Chosen), best = product.MinBy(static r => r.Us)!;
            lines.Add([product.Key, Plan(chosen), Number(chosen.Us), Number(chosen.Gflops), Plan(best), Number(best.Us), Number(chosen.Us / best.Us)]);
            logarithms += Math.Log(chosen.Us / best.Us);
            (taken, fastest) = (taken + chosen.Us, fastest + best.Us);
        }
        TextColumns.Write(output, lines, 0, 1, 4);
        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"taken over fastest: geometric mean {Math.Exp(logarithms / Math.Max(1, products.Length)):0.000}, of all times together {taken / fastest:0.000}"));
        output.WriteLine();
        TextColumns.Write(
            output,
            [["tile", "best GFLOP/s", "at"],
            .. Rows.GroupBy(static r => r.Tile).Select(static t => t.MaxBy(static r => r.Gflops)!).OrderByDescending(static r => r.Gflops).Select(static r => new[] { r.Tile, Number(r.Gflops), r.Product })],
            0, 2);
    }

    private static string Plan(TuneRow row) => row.Parts == 1 ? row.Tile : $"{row.Tile} in {row.Parts}";
}
