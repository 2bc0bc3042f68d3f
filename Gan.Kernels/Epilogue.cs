namespace Gan.Kernels;

/// <summary>What a product does with its sums before it writes them: y = f(sum + bias). A bias alone converts to one.</summary>
/// <param name="Bias">One value a column (an output channel); may be empty.</param>
/// <param name="Activation">f.</param>
/// <param name="Slope">Of <see cref="Activation.LeakyRelu"/>.</param>
public readonly record struct Epilogue(DeviceSpan<float> Bias, Activation Activation = Activation.Identity, float Slope = 0)
{
    /// <summary>A bias and no activation.</summary>
    public static implicit operator Epilogue(DeviceSpan<float> bias) => new(bias);

    /// <summary>The bias, when an output may be written this way.</summary>
    /// <exception cref="ArgumentException">An activation of what is added to an output: the sum would be of values before and after it.</exception>
    internal DeviceSpan<float> BiasFor(WriteMode mode, string kernel) => Activation == Activation.Identity || mode == WriteMode.Write
        ? Bias
        : throw new ArgumentException($"{kernel}: {Activation} can't be applied to results that are added to the output; write them, or use Identity.");

    /// <summary>y = f(y), where a product has written its sums and bias only.</summary>
    internal void ActivateInPlace(IKernels kernels, DeviceSpan<float> y)
    {
        switch (Activation)
        {
            case Activation.Relu:
                kernels.ReluForward(y, y);
                break;
            case Activation.LeakyRelu:
                kernels.LeakyReluForward(y, y, Slope);
                break;
            case Activation.Tanh:
                kernels.TanhForward(y, y);
                break;
            case Activation.Sigmoid:
                kernels.SigmoidForward(y, y);
                break;
        }
    }

    /// <inheritdoc cref="DeviceSpan{T}.Pin"/>
    internal Epilogue Pin() => this with { Bias = Bias.Pin() };
}
