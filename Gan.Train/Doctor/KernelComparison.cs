using System.Diagnostics;
using Gan.Kernels;

namespace Gan.Train.Doctor;

/// <summary>Outcome of one kernel check.</summary>
/// <param name="Kernel">Method of the contract.</param>
/// <param name="Shape">As in the check.</param>
/// <param name="Error">Relative to the output's largest value; infinite where something was not finite.</param>
/// <param name="Allowed">Largest error that passes.</param>
/// <param name="Milliseconds">Of one call on the device under test.</param>
/// <param name="Failure">What went wrong beside the numbers; null for nothing.</param>
internal sealed record KernelResult(string Kernel, string Shape, double Error, double Allowed, double Milliseconds, string? Failure)
{
    public bool Ok => Failure is null && Error <= Allowed;
}

/// <summary>Runs a check on the device under test and on its yardstick, and measures the former.</summary>
/// <param name="device">Under test.</param>
/// <param name="precision">How it multiplies.</param>
/// <param name="yardstick">The cpu, or plain loops when the cpu itself is under test.</param>
internal sealed class KernelComparison(Device device, Precision precision, Device yardstick)
{
    private const int MaxCalls = 64;
    private const double EnoughMilliseconds = 20;

    /// <exception cref="Gan.Kernels.Cuda.CudaException">The device failed; it is of no use any more.</exception>
    public KernelResult Run(KernelCheck check)
    {
        double allowed = check.Allowed(precision, yardstick is Naive.NaiveDevice);
        using var found = new CheckBuffers(device);
        using var expected = new CheckBuffers(yardstick);
        try
        {
            Action<IKernels> call = check.Prepare(found);
            check.Prepare(expected)(yardstick.Kernels);
            long start = Stopwatch.GetTimestamp();
            call(device.Kernels);
            device.Synchronize();
            double first = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            double error = found.Error(found.Read(), expected.Read());
            return new(check.Kernel, check.Shape, error, allowed, first > EnoughMilliseconds ? first : Measure(call), null);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            return new(check.Kernel, check.Shape, double.PositiveInfinity, allowed, 0, e.Message);
        }
    }

    /// <summary>Milliseconds a call, of calls queued together; the last one is waited for.</summary>
    private double Measure(Action<IKernels> call)
    {
        int calls = 1;
        while (true)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < calls; i++)
            {
                call(device.Kernels);
            }
            device.Synchronize();
            double spent = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (spent > EnoughMilliseconds || calls >= MaxCalls)
            {
                return spent / calls;
            }
            calls *= 4;
        }
    }
}
