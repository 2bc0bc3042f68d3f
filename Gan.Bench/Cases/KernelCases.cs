namespace Gan.Bench.Cases;

/// <summary>The case tables: what the roofline measures, and the families of the BenchmarkDotNet suite.</summary>
internal static class KernelCases
{
    /// <summary>Batches of the two models' shapes.</summary>
    public const int DcganBatch = 64, MlpBatch = 60;

    /// <summary>Elements of the tensors in the memory-bound rows: 64 MiB each.</summary>
    public const int LargeElements = 16 << 20;

    public static IReadOnlyDictionary<string, IReadOnlyList<KernelCase>> Families { get; } = MakeFamilies(DcganBatch, MlpBatch, LargeElements);

    /// <summary>The rows of the roofline table (docs/performance.md), in its order.</summary>
    public static IReadOnlyList<KernelCase> Roofline(int dcganBatch, int mlpBatch, int elements, params int[] cubes) =>
    [
        .. GemmCases.Cubes(cubes),
        .. ConvCases.Discriminator(dcganBatch),
        .. ConvCases.Generator(dcganBatch),
        .. GemmCases.Linear(mlpBatch),
        .. Large(elements),
    ];

    /// <summary>A case of any family by its title.</summary>
    public static KernelCase Find(string title) => Families.Values.SelectMany(static f => f).First(c => c.Title == title);

    /// <summary>The suite's families at given sizes.</summary>
    public static Dictionary<string, IReadOnlyList<KernelCase>> MakeFamilies(int batch, int mlpBatch, int elements)
    {
        KernelCase[] large = [.. Large(elements)];
        int hidden = mlpBatch * Layers.Hidden, digits = mlpBatch * Layers.Digit, image = Layers.ImageSize * Layers.ImageSize * Layers.Nc;
        return new()
        {
            ["matmul"] = [.. GemmCases.Cubes(256, 512, 1024, 2048)],
            ["conv"] = [.. ConvCases.Discriminator(batch)],
            ["convt"] = [.. ConvCases.Generator(batch)],
            ["linear"] = [.. GemmCases.Linear(mlpBatch)],
            ["batchnorm"] = [.. Layers.BatchNorm(batch).SelectMany(static s => MemoryCases.BatchNorm(s.Rows, s.Channels)), .. Of(large, "batchnorm")],
            ["activation"] =
            [
                MemoryCases.LeakyRelu((long)batch * 32 * 32 * Layers.Ndf), MemoryCases.LeakyReluBackward((long)batch * 32 * 32 * Layers.Ndf),
                MemoryCases.Tanh((long)batch * image), MemoryCases.TanhBackward((long)batch * image), MemoryCases.Relu(hidden), MemoryCases.Sigmoid(digits),
                .. Of(large, "leaky_relu"), .. Of(large, "tanh"),
            ],
            ["adam"] =
            [
                MemoryCases.Adam("dcgan D ", Layers.DiscriminatorParameters), MemoryCases.Adam("dcgan G ", Layers.GeneratorParameters),
                MemoryCases.Adam("mlp D ", Layers.MlpDiscriminator.Sum(static l => (l.Inputs + 1L) * l.Outputs)), .. Of(large, "adam"),
            ],
            ["gather"] = [MemoryCases.Gather(4096, image, batch), MemoryCases.Gather(10_000, Layers.Digit, mlpBatch), .. Of(large, "gather")],
            ["philox"] =
            [
                SmallCases.PhiloxNormal(batch, Layers.Nz), SmallCases.PhiloxNormal(mlpBatch, Layers.Nz),
                SmallCases.PhiloxNormal(elements / 1024, 1024), SmallCases.PhiloxUniform(elements / 1024, 1024),
            ],
            ["loss"] = [.. SmallCases.Loss(batch)],
        };
    }

    private static IEnumerable<KernelCase> Large(int elements)
    {
        int image = Layers.ImageSize * Layers.ImageSize * Layers.Nc, images = (elements + image - 1) / image;
        return
        [
            .. MemoryCases.BatchNorm(elements / Layers.Ngf, Layers.Ngf),
            MemoryCases.LeakyRelu(elements),
            MemoryCases.LeakyReluBackward(elements),
            MemoryCases.Tanh(elements),
            MemoryCases.Adam("", elements),
            MemoryCases.Gather(images, image, images),
        ];
    }

    private static IEnumerable<KernelCase> Of(KernelCase[] cases, string prefix) => cases.Where(c => c.Name.StartsWith(prefix, StringComparison.Ordinal));
}
