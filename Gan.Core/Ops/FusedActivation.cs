using Gan.Core.Autograd;
using Gan.Kernels;

namespace Gan.Core;

/// <summary>An activation that runs as part of the operation before it, y = f(z). Its gradient is worked out from y, since z is not kept.</summary>
/// <param name="Activation">f.</param>
/// <param name="Slope">Of LeakyReLU.</param>
internal readonly record struct FusedActivation(Activation Activation, float Slope)
{
    /// <summary>Whether f can be fused: its slope must follow from y.</summary>
    public static bool Allows(Activation activation, float slope) => activation != Activation.LeakyRelu || slope > 0;

    /// <exception cref="ArgumentException">LeakyReLU with a slope of 0 or less.</exception>
    public static FusedActivation Of(Activation activation, float slope, string op) => Allows(activation, slope)
        ? new(activation, slope)
        : throw new ArgumentException($"{op}: LeakyReLU with slope {slope} can't be fused, since its output does not tell its input's sign; apply it as an operation of its own.");

    /// <summary>
    /// The gradient of z, dy f'(z): memory of its own, to be disposed of; null when <paramref name="dy"/> is that already, because f is the identity or because the only
    /// operation that uses y applied f' (<see cref="GradNode.ProductGradientOf"/>).
    /// </summary>
    /// <param name="node">The operation.</param>
    /// <param name="dy">Gradient of y; becomes that of z.</param>
    public static DeviceBuffer? Backward(GradNode node, ref DeviceSpan<float> dy)
    {
        (Activation activation, float slope) = node.Fused;
        if (activation == Activation.Identity || node.GradientIsBehind)
        {
            return null;
        }
        DeviceBuffer buffer = node.Device.Allocate<float>(dy.Length);
        DeviceSpan<float> dz = buffer.AsSpan<float>();
        Epilogue.GradientOf(activation, slope, node.Result).Apply(node.Kernels, dy, dz);
        dy = dz;
        return buffer;
    }
}
