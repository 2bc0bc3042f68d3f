using Gan.Kernels;

namespace Gan.Bench.Cases;

/// <summary>A fully connected layer: [rows, Inputs] -> [rows, Outputs].</summary>
internal readonly record struct LinearLayer(string Name, int Inputs, int Outputs)
{
    /// <summary>Textbook operations of any of its three products.</summary>
    public long Operations(int rows) => 2L * rows * Inputs * Outputs;
}

/// <summary>A convolution of the DCGAN; for G the geometry is that of the convolution whose transpose the layer is (<see cref="ConvDims"/>).</summary>
internal readonly record struct ConvLayer(string Name, ConvDims Dims);

/// <summary>Layer shapes of the two models at their default sizes (docs/training.md, Options).</summary>
internal static class Layers
{
    public const int Nz = 100, Ngf = 64, Ndf = 64, Nc = 3, ImageSize = 64, Hidden = 128, Digit = 784;

    /// <summary>The discriminator's five convolutions, from the image on.</summary>
    public static ConvLayer[] Discriminator(int batch) =>
    [
        new("D1", ConvDims.Conv(batch, Nc, ImageSize, ImageSize, Ndf, 4, 2, 1)),
        new("D2", ConvDims.Conv(batch, Ndf, 32, 32, Ndf * 2, 4, 2, 1)),
        new("D3", ConvDims.Conv(batch, Ndf * 2, 16, 16, Ndf * 4, 4, 2, 1)),
        new("D4", ConvDims.Conv(batch, Ndf * 4, 8, 8, Ndf * 8, 4, 2, 1)),
        new("D5", ConvDims.Conv(batch, Ndf * 8, 4, 4, 1, 4, 1, 0)),
    ];

    /// <summary>The generator's five transposed convolutions, from the latent vector on.</summary>
    public static ConvLayer[] Generator(int batch) =>
    [
        new("G1", ConvDims.Transposed(batch, Nz, 1, 1, Ngf * 8, 4, 1, 0)),
        new("G2", ConvDims.Transposed(batch, Ngf * 8, 4, 4, Ngf * 4, 4, 2, 1)),
        new("G3", ConvDims.Transposed(batch, Ngf * 4, 8, 8, Ngf * 2, 4, 2, 1)),
        new("G4", ConvDims.Transposed(batch, Ngf * 2, 16, 16, Ngf, 4, 2, 1)),
        new("G5", ConvDims.Transposed(batch, Ngf, 32, 32, Nc, 4, 2, 1)),
    ];

    /// <summary>Convolution weights, and scale and shift of the BatchNorms behind all layers but the first and the last.</summary>
    public static long DiscriminatorParameters => Discriminator(1).Sum(static l => l.Dims.WeightLength) + Discriminator(1)[1..^1].Sum(static l => 2L * l.Dims.Cout);

    /// <summary>Convolution weights, and scale and shift of the BatchNorms behind all layers but the last.</summary>
    public static long GeneratorParameters => Generator(1).Sum(static l => l.Dims.WeightLength) + Generator(1)[..^1].Sum(static l => 2L * l.Dims.Cin);

    /// <summary>The mlp's generator, then its discriminator.</summary>
    public static LinearLayer[] MlpGenerator => [new("G1", Nz, Hidden), new("G2", Hidden, Digit)];

    /// <inheritdoc cref="MlpGenerator"/>
    public static LinearLayer[] MlpDiscriminator => [new("D1", Digit, Hidden), new("D2", Hidden, 1)];

    /// <summary>BatchNorm inputs of both dcgan networks as (rows = N H W, channels).</summary>
    public static (int Rows, int Channels)[] BatchNorm(int batch) =>
    [
        (batch * 16 * 16, Ndf * 2), (batch * 8 * 8, Ndf * 4), (batch * 4 * 4, Ndf * 8), (batch * 32 * 32, Ngf),
    ];
}
