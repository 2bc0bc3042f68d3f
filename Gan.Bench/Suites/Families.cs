namespace Gan.Bench.Suites;

/// <summary>Square matrix products.</summary>
public class MatMulBenchmark() : KernelBenchmark("matmul");

/// <summary>Forward, data gradient and weight gradient of the discriminator's convolutions.</summary>
public class ConvBenchmark() : KernelBenchmark("conv");

/// <summary>The same of the generator's transposed convolutions.</summary>
public class ConvTransposeBenchmark() : KernelBenchmark("convt");

/// <summary>The mlp's layers.</summary>
public class LinearBenchmark() : KernelBenchmark("linear");

/// <summary>BatchNorm with activation, forward and backward.</summary>
public class BatchNormBenchmark() : KernelBenchmark("batchnorm");

/// <summary>Activations.</summary>
public class ActivationBenchmark() : KernelBenchmark("activation");

/// <summary>Optimiser updates of whole networks.</summary>
public class AdamBenchmark() : KernelBenchmark("adam");

/// <summary>Batches gathered from the images and normalised.</summary>
public class GatherBenchmark() : KernelBenchmark("gather");

/// <summary>Random numbers.</summary>
public class PhiloxBenchmark() : KernelBenchmark("philox");

/// <summary>Binary cross-entropy, both forms.</summary>
public class LossBenchmark() : KernelBenchmark("loss");
