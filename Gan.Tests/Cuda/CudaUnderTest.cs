using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Tests.Ops;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>One CUDA device in fp32 for the tests of a collection, which run one after the other; opened anew after a test that broke it.</summary>
public sealed class CudaUnderTest : IDisposable
{
    private Device? _device;

    internal Device Device
    {
        get
        {
            try
            {
                _device?.Synchronize();
            }
            catch (CudaException)
            {
                Dispose();
            }
            return _device ??= TestDevice.OpenCuda();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _device?.Dispose();
        _device = null;
    }
}

/// <summary>The tests that share the device.</summary>
[CollectionDefinition(Name)]
public sealed class CudaUnderTestCollection : ICollectionFixture<CudaUnderTest>
{
    internal const string Name = "cuda under test";
}
