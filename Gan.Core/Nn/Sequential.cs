using Gan.Kernels;

namespace Gan.Core.Nn;

/// <summary>
/// Modules in a row, named 0, 1, 2 ... A BatchNorm2d followed by ReLU or LeakyReLU runs as one fused operation with the same result.
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
            if (_modules[i] is BatchNorm2d norm && i + 1 < count && FusedActivation(_modules[i + 1]) is { } fused)
            {
                x = norm.Forward(x, fused.Activation, fused.Slope);
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

    private static (Activation Activation, float Slope)? FusedActivation(Module module) => module switch
    {
        ReLU => (Activation.Relu, 0f),
        LeakyReLU leaky => (Activation.LeakyRelu, leaky.NegativeSlope),
        _ => null,
    };
}
