using System.Runtime.InteropServices;

namespace Gan.Kernels.Cpu;

/// <summary>What the processor calls itself.</summary>
internal static class Processor
{
    /// <summary>Model name from /proc/cpuinfo, else from the environment, else the architecture.</summary>
    public static string Model { get; } = FromCpuInfo() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
        ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static string? FromCpuInfo()
    {
        try
        {
            string? line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
            return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // not Linux, or /proc is hidden
        }
    }
}
