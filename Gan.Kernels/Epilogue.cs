namespace Gan.Kernels;

/// <summary>
/// What a product does with its sums before it writes them: y = f(sum + bias), or, where the <see cref="Result"/> of an activation is given, that activation's gradient,
/// dz = sum f'(z). A bias alone converts to one.
/// </summary>
/// <param name="Bias">One value a column (an output channel); may be empty.</param>
/// <param name="Activation">f.</param>
/// <param name="Slope">Of <see cref="Activation.LeakyRelu"/>.</param>
public readonly record struct Epilogue(DeviceSpan<float> Bias, Activation Activation = Activation.Identity, float Slope = 0)
{
    /// <summary>f(z), laid out as the output: the sums are gradients of it, and what is written are those of z. Empty where f itself is applied.</summary>
    public DeviceSpan<float> Result { get; init; }

    /// <summary>A bias and no activation.</summary>
    public static implicit operator Epilogue(DeviceSpan<float> bias) => new(bias);

    /// <summary>dz = sum f'(z), worked out from f(z).</summary>
    /// <param name="activation">f; LeakyReLU with a slope above 0 only, whose result has z's sign.</param>
    /// <param name="slope">Of LeakyReLU.</param>
    /// <param name="result">f(z), laid out as the output.</param>
    public static Epilogue GradientOf(Activation activation, float slope, DeviceSpan<float> result) => new(default, activation, slope) { Result = result };

    /// <summary>The bias, when an output may be written this way.</summary>
    /// <exception cref="ArgumentException">
    /// An activation of what is added to an output: the sum would be of values before and after it. A result that does not fit the output, or with a bias, which gradients do not have.
    /// </exception>
    internal DeviceSpan<float> BiasFor(WriteMode mode, long outputLength, string kernel)
    {
        if (Activation != Activation.Identity && mode != WriteMode.Write)
        {
            throw new ArgumentException($"{kernel}: {Activation} can't be applied to results that are added to the output; write them, or use Identity.");
        }
        if (!Result.IsEmpty && (Result.Length != outputLength || !Bias.IsEmpty))
        {
            throw new ArgumentException($"{kernel}: the gradient of {Activation} needs its result, {outputLength} elements, and no bias; there are {Result.Length} and {Bias.Length}.");
        }
        return Bias;
    }

    /// <summary>y = f(x), or y = x f'(z) where the result is given, as a kernel of its own; nothing for the identity.</summary>
    /// <param name="kernels">Where x and y live.</param>
    /// <param name="x">Sums with their bias.</param>
    /// <param name="y">As long; may be x.</param>
    public void Apply(IKernels kernels, DeviceSpan<float> x, DeviceSpan<float> y)
    {
        ArgumentNullException.ThrowIfNull(kernels);
        switch (Activation, IsGradient: !Result.IsEmpty)
        {
            case (Activation.Relu, false):
                kernels.ReluForward(x, y);
                break;
            case (Activation.Relu, true):
                kernels.ReluBackward(Result, x, y, WriteMode.Write);
                break;
            case (Activation.LeakyRelu, false):
                kernels.LeakyReluForward(x, y, Slope);
                break;
            case (Activation.LeakyRelu, true):
                kernels.LeakyReluBackward(Result, x, y, Slope, WriteMode.Write);
                break;
            case (Activation.Tanh, false):
                kernels.TanhForward(x, y);
                break;
            case (Activation.Tanh, true):
                kernels.TanhBackward(Result, x, y, WriteMode.Write);
                break;
            case (Activation.Sigmoid, false):
                kernels.SigmoidForward(x, y);
                break;
            case (Activation.Sigmoid, true):
                kernels.SigmoidBackward(Result, x, y, WriteMode.Write);
                break;
        }
    }

    /// <inheritdoc cref="DeviceSpan{T}.Pin"/>
    internal Epilogue Pin() => this with { Bias = Bias.Pin(), Result = Result.Pin() };
}
