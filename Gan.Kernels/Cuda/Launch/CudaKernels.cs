namespace Gan.Kernels.Cuda.Launch;

/// <summary>
/// The kernel contract on a CUDA device: each method works out grid, block and arguments and queues the hand-written kernel of the same name
/// (Cuda/Source). One partial file a family, named as the family's .cu file.
/// </summary>
internal sealed partial class CudaKernels(ILaunchContext context) : IKernels
{
    private ILaunchContext Context => context;
}
