namespace Gan.Kernels;

/// <summary>
/// The kernel contract: one method per kernel, on raw device buffers, without gradients or shapes beyond what is stated. It is split over
/// files by family. Common to all:
/// <list type="bullet">
/// <item>float32, contiguous, channels-last; rows x columns is row-major. An empty input is allowed and does nothing.</item>
/// <item>Outputs do not overlap inputs unless a method says so. A <see cref="WriteMode"/> argument decides between overwrite and add; without one
/// the output is overwritten.</item>
/// <item>Results are bit-identical from run to run and for any number of threads: reductions have a fixed order, no atomics on floats.</item>
/// <item>No method takes or returns a host value that changes from one training step to the next; such values live in
/// <see cref="StepState"/> and <see cref="AdamState"/>, so that a sequence of calls can be captured once and replayed.</item>
/// <item>Calls are queued in order; only Device.CopyToHost and Device.Synchronize wait.</item>
/// </list>
/// </summary>
public partial interface IKernels
{
    /// <summary>y[i] = value.</summary>
    void Fill(DeviceSpan<float> y, float value);

    /// <summary>y = x, element by element, same length.</summary>
    void Copy(DeviceSpan<float> x, DeviceSpan<float> y);

    /// <summary>y = a + b, element by element.</summary>
    void Add(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y);

    /// <summary>y = a - b, element by element.</summary>
    void Subtract(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y);

    /// <summary>y (+)= a * b, element by element.</summary>
    void Multiply(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y, WriteMode mode);

    /// <summary>y (+)= alpha * x, element by element. x may be y when writing.</summary>
    void Scale(DeviceSpan<float> x, float alpha, DeviceSpan<float> y, WriteMode mode);

    /// <summary>y[i] (+)= alpha * s[0] for every i: a scalar on the device spread over a tensor.</summary>
    void Broadcast(DeviceSpan<float> s, float alpha, DeviceSpan<float> y, WriteMode mode);

    /// <summary>y[0] (+)= alpha * sum of x, in a fixed order.</summary>
    void Sum(DeviceSpan<float> x, float alpha, DeviceSpan<float> y, WriteMode mode);

    /// <summary>y[r, c] = x[r, c] + bias[c]; x [rows, columns]. x may be y.</summary>
    void AddBias(DeviceSpan<float> x, DeviceSpan<float> bias, DeviceSpan<float> y, int rows, int columns);

    /// <summary>y[c] (+)= sum over r of x[r, c], in a fixed order: the gradient of a bias.</summary>
    void SumRows(DeviceSpan<float> x, DeviceSpan<float> y, int rows, int columns, WriteMode mode);

    /// <summary>y (+)= x with [n, channels, pixels] permuted to [n, pixels, channels]: PyTorch's contiguous layout to ours.</summary>
    void ChannelsFirstToLast(DeviceSpan<float> x, DeviceSpan<float> y, int n, int channels, int pixels, WriteMode mode);

    /// <summary>y (+)= x with [n, pixels, channels] permuted to [n, channels, pixels]: the inverse, and the gradient, of the other.</summary>
    void ChannelsLastToFirst(DeviceSpan<float> x, DeviceSpan<float> y, int n, int channels, int pixels, WriteMode mode);
}
