namespace Gan.Kernels;

/// <summary>Whether a kernel overwrites its output or adds to it.</summary>
public enum WriteMode
{
    /// <summary>Output elements are overwritten; old contents are not read.</summary>
    Write = 0,

    /// <summary>Results are added to what is there.</summary>
    Add = 1,
}

/// <summary>Activation fused behind a product or BatchNorm (which knows the first three).</summary>
public enum Activation
{
    /// <summary>y = x.</summary>
    Identity = 0,

    /// <summary>y = max(x, 0).</summary>
    Relu = 1,

    /// <summary>y = x if x > 0, else slope * x.</summary>
    LeakyRelu = 2,

    /// <summary>y = tanh(x).</summary>
    Tanh = 3,

    /// <summary>y = 1 / (1 + exp(-x)).</summary>
    Sigmoid = 4,
}

/// <summary>Independent random sequences; part of the Philox counter.</summary>
public enum RandomStream
{
    /// <summary>Initial weights.</summary>
    Init = 1,

    /// <summary>Training latents.</summary>
    Latent = 2,

    /// <summary>Fixed latents for sample pictures.</summary>
    FixedLatent = 3,

    /// <summary>Latents of the generate command.</summary>
    Generate = 4,

    /// <summary>Anything a library user draws.</summary>
    User = 5,

    /// <summary>Noise on the discriminator's inputs.</summary>
    InstanceNoise = 6,
}
