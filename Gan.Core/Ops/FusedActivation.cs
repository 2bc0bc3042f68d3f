using Gan.Core.Autograd;
using Gan.Kernels;

namespace Gan.Core;

/// <summary>An activation that runs as part of the operation before it, y = f(z).</summary>
internal static class FusedActivation
{
    /// <summary>Whether f can be fused: its slope must follow from y, because z is not kept.</summary>
    public static bool Allows(Activation activation, float slope) => activation != Activation.LeakyRelu || slope > 0;

    /// <exception cref="ArgumentException">LeakyReLU with a slope of 0 or less.</exception>
    public static void Check(string op, Activation activation, float slope)
    {
        if (!Allows(activation, slope))
        {
            throw new ArgumentException($"{op}: LeakyReLU with slope {slope} can't be fused, since its output does not tell its input's sign; apply it as an operation of its own.");
        }
    }

    /// <summary>
    /// The gradient of z, dy f'(z), from the saved y: memory of its own, to be disposed of; null when f is the identity, whose gradient is <paramref name="dy"/>.
    /// </summary>
    /// <param name="node">The operation.</param>
    /// <param name="activation">f.</param>
    /// <param name="slope">Of LeakyReLU.</param>
    /// <param name="y">Number of the saved tensor y.</param>
    /// <param name="dy">Gradient of y; becomes that of z.</param>
    public static DeviceBuffer? Backward(GradNode node, Activation activation, float slope, int y, ref DeviceSpan<float> dy)
    {
        if (activation == Activation.Identity)
        {
            return null;
        }
        DeviceBuffer buffer = node.Device.Allocate<float>(dy.Length);
        DeviceSpan<float> dz = buffer.AsSpan<float>();
        switch (activation)
        {
            case Activation.Relu:
                node.Kernels.ReluBackward(node.Saved(y), dy, dz, WriteMode.Write);
                break;
            case Activation.LeakyRelu:
                node.Kernels.LeakyReluBackward(node.Saved(y), dy, dz, slope, WriteMode.Write); // y has z's sign
                break;
            case Activation.Tanh:
                node.Kernels.TanhBackward(node.Saved(y), dy, dz, WriteMode.Write);
                break;
            case Activation.Sigmoid:
                node.Kernels.SigmoidBackward(node.Saved(y), dy, dz, WriteMode.Write);
                break;
        }
        dy = dz;
        return buffer;
    }
}
