using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Gan.Bench.Cases;

namespace Gan.Bench.Suites;

/// <summary>Textbook GFLOP/s at the median time, or GB/s for cases that only move memory.</summary>
internal sealed class RateColumn : IColumn
{
    public string Id => nameof(RateColumn);

    public string ColumnName => "Rate";

    public string Legend => "Work over median time: GFLOP/s (textbook operations) or GB/s (bytes that must be read and written)";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) =>
        summary[benchmarkCase]?.ResultStatistics is { Median: > 0 and var nanoseconds } && benchmarkCase.Parameters[nameof(KernelBenchmark.Case)] is string title
            ? Rate(KernelCases.Find(title), nanoseconds)
            : "-";

    /// <summary>1 operation or byte a nanosecond is 1 GFLOP/s or GB/s.</summary>
    internal static string Rate(KernelCase kernel, double nanoseconds) => kernel.Operations > 0
        ? $"{kernel.Operations / nanoseconds:0.0} GFLOP/s"
        : $"{kernel.Bytes / nanoseconds:0.0} GB/s";
}
