namespace Gan.Core.Nn;

/// <summary>Layers without parameters that keep the shape.</summary>
public abstract class ElementwiseModule : Module
{
    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input;
}

/// <summary>y = max(x, 0).</summary>
public sealed class ReLU : ElementwiseModule
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Relu();
    }
}

/// <summary>y = x if x > 0, else negative_slope * x.</summary>
/// <param name="negativeSlope">Unitless; PyTorch's default is 0.01, DCGAN uses 0.2.</param>
public sealed class LeakyReLU(float negativeSlope = 0.01f) : ElementwiseModule
{
    /// <summary>Slope below zero.</summary>
    public float NegativeSlope { get; } = negativeSlope;

    /// <inheritdoc/>
    protected override string Arguments => $"negative_slope={PythonFloat.Format(NegativeSlope)}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.LeakyRelu(NegativeSlope);
    }
}

/// <summary>y = tanh(x).</summary>
public sealed class Tanh : ElementwiseModule
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Tanh();
    }
}

/// <summary>y = 1 / (1 + exp(-x)).</summary>
public sealed class Sigmoid : ElementwiseModule
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Sigmoid();
    }
}

/// <summary>(N, ...) to (N, everything else), in PyTorch's order.</summary>
public sealed class Flatten : Module
{
    /// <inheritdoc/>
    protected override string Arguments => "start_dim=1, end_dim=-1";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Flatten();
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => new(input[0], (int)(input.Length / Math.Max(1, input[0])));
}

/// <summary>Numbers as Python prints them: 1e-05, 0.1.</summary>
internal static class PythonFloat
{
    public static string Format(float value)
    {
        string text = value.ToString("R", System.Globalization.CultureInfo.InvariantCulture).ToLowerInvariant();
        return text.Contains('.', StringComparison.Ordinal) || text.Contains('e', StringComparison.Ordinal) ? text : text + ".0";
    }
}
