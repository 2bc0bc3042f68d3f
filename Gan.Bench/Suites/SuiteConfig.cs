using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Gan.Bench.Suites;

/// <summary>
/// How the suite runs: in this process, because the kernels' code is compiled for the machine and their threads and pools are the same either way, and
/// because a build a benchmark would take longer than the benchmark.
/// </summary>
internal static class SuiteConfig
{
    public static IConfig Create() => ManualConfig.Create(DefaultConfig.Instance)
        .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithMinIterationCount(10).WithMaxIterationCount(30).WithWarmupCount(3).AsDefault())
        .AddColumn(StatisticColumn.Median, new RateColumn())
        .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(60));
}
