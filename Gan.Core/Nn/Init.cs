using Gan.Core.Autograd;
using Gan.Core.Random;

namespace Gan.Core.Nn;

/// <summary>Initialisations beyond the layers' own.</summary>
public static class Init
{
    /// <summary>
    /// DCGAN's weights_init (Radford et al. 2015, section 4; PyTorch's tutorial): convolution weights N(0, 0.02), BatchNorm scale N(1, 0.02), BatchNorm
    /// shift 0. Applied to every module below.
    /// </summary>
    public static void WeightsInit(Module module, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(generator);
        using GradMode.NoGradScope noGrad = GradMode.NoGrad();
        module.Apply(m =>
        {
            switch (m)
            {
                case Conv2d conv:
                    generator.FillNormal(conv.Weight, 0, 0.02f);
                    break;
                case ConvTranspose2d conv:
                    generator.FillNormal(conv.Weight, 0, 0.02f);
                    break;
                case BatchNorm2d norm:
                    generator.FillNormal(norm.Weight, 1, 0.02f);
                    norm.Bias.Fill(0);
                    break;
            }
        });
    }
}
