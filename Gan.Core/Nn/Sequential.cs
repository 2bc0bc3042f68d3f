using Gan.Kernels;

namespace Gan.Core.Nn;

/// <summary>
/// Modules in a row, named 0, 1, 2 ... An activation runs as one operation with the layer before it, with the same result: any behind
/// Linear, Conv2d and ConvTranspose2d, ReLU and LeakyReLU behind BatchNorm2d.
/// </summary>
public sealed class Sequential : Module
{
    private readonly Module[] _modules;

    /// <summary>Takes ownership of the modules.</summary>
    public Sequential(params ReadOnlySpan<Module> modules)
    {
        _modules = modules.ToArray();
        for (int i = 0; i < _modules.Length; i++)
        {
            RegisterModule(i.ToString(System.Globalization.CultureInfo.InvariantCulture), _modules[i]);
        }
    }

    /// <summary>Number of modules.</summary>
    public int Count => _modules.Length;

    /// <summary>A module by position.</summary>
    public Module this[int index] => _modules[index];

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Forward(x, _modules.Length);

    /// <summary>Runs the first <paramref name="count"/> modules only.</summary>
    public Tensor Forward(Tensor x, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (i + 1 < count && ActivationOf(_modules[i + 1]) is { } f && Fused(_modules[i], x, f.Activation, f.Slope) is { } y)
            {
                x = y;
                i++;
            }
            else
            {
                x = _modules[i].Forward(x);
            }
        }
        return x;
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        foreach (Module module in _modules)
        {
            input = module.OutputShape(input);
        }
        return input;
    }

    private static (Activation Activation, float Slope)? ActivationOf(Module module) => module switch
    {
        ReLU => (Activation.Relu, 0f),
        LeakyReLU leaky => (Activation.LeakyRelu, leaky.NegativeSlope),
        Tanh => (Activation.Tanh, 0f),
        Sigmoid => (Activation.Sigmoid, 0f),
        _ => null,
    };

    /// <summary>Layer and activation as one operation, or null where they are two.</summary>
    private static Tensor? Fused(Module layer, Tensor x, Activation activation, float slope) => layer switch
    {
        BatchNorm2d norm when activation is Activation.Relu or Activation.LeakyRelu => norm.Forward(x, activation, slope),
        Linear linear when FusedActivation.Allows(activation, slope) => linear.Forward(x, activation, slope),
        Conv2d conv when FusedActivation.Allows(activation, slope) => conv.Forward(x, activation, slope),
        ConvTranspose2d conv when FusedActivation.Allows(activation, slope) => conv.Forward(x, activation, slope),
        _ => null,
    };
}
