using Gan.Kernels;

namespace Gan.Bench.Cases;

/// <summary>One kernel at one shape: what is run, and how much work it is.</summary>
/// <param name="Name">The kernel, as in the roofline table (docs/performance.md).</param>
/// <param name="Shape">Sizes, in the notation of the field.</param>
/// <param name="Operations">Textbook floating-point operations of a call; 0 where bytes are what counts.</param>
/// <param name="Bytes">Bytes a call must move to and from memory: inputs read and outputs written, once a needed pass.</param>
/// <param name="Prepare">Makes the buffers and returns the call.</param>
internal sealed record KernelCase(string Name, string Shape, long Operations, long Bytes, Func<Workspace, Action<IKernels>> Prepare)
{
    /// <summary>Name and shape: unique among the cases.</summary>
    public string Title => $"{Name} {Shape}";
}
