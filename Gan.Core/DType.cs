namespace Gan.Core;

/// <summary>Element type of a tensor. Arithmetic is float32; 64-bit integers exist for counters such as num_batches_tracked.</summary>
public enum DType
{
    /// <summary>IEEE 754 single precision.</summary>
    Float32,

    /// <summary>Signed 64-bit integer.</summary>
    Int64,
}
