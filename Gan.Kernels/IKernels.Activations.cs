namespace Gan.Kernels;

public partial interface IKernels
{
    /// <summary>y = max(x, 0). x may be y.</summary>
    void ReluForward(DeviceSpan<float> x, DeviceSpan<float> y);

    /// <summary>dx (+)= dy where y > 0, else 0.</summary>
    void ReluBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode);

    /// <summary>y = x if x > 0, else slope * x. x may be y.</summary>
    void LeakyReluForward(DeviceSpan<float> x, DeviceSpan<float> y, float slope);

    /// <summary>dx (+)= dy if x > 0, else slope * dy.</summary>
    void LeakyReluBackward(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> dx, float slope, WriteMode mode);

    /// <summary>y = tanh(x), within 2 units in the last place. x may be y.</summary>
    void TanhForward(DeviceSpan<float> x, DeviceSpan<float> y);

    /// <summary>dx (+)= dy * (1 - y^2).</summary>
    void TanhBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode);

    /// <summary>y = 1 / (1 + exp(-x)), finite for every finite x. x may be y.</summary>
    void SigmoidForward(DeviceSpan<float> x, DeviceSpan<float> y);

    /// <summary>dx (+)= dy * y * (1 - y).</summary>
    void SigmoidBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode);
}
