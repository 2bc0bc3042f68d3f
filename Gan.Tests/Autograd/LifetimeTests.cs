using System.Runtime.CompilerServices;
using Gan.Core;
using Gan.Core.Nn;
using Gan.Core.Optim;
using Gan.Core.Random;
using Gan.Kernels;
using Gan.Tests.Ops;
using Xunit;

namespace Gan.Tests.Autograd;

/// <summary>Live buffers return to where they were, and a steady step takes no memory from the device.</summary>
public sealed class LifetimeTests : IDisposable
{
    private readonly Device _device = TestDevice.Open();

    public void Dispose() => _device.Dispose();

    [Fact]
    public void ATrainingStepReturnsEveryTemporaryAndSettlesInThePool()
    {
        using Sequential net = Net();
        using var adam = new Adam(net.Parameters());
        using Tensor x = Tensor.Full(_device, new Shape(4, 2, 6, 6), 0.5f), target = Tensor.Full(_device, new Shape(), 1);
        Step(net, adam, x, target);
        MemoryStatistics before = _device.Memory;
        for (int i = 0; i < 5; i++)
        {
            Step(net, adam, x, target);
        }
        Assert.Equal(before.LiveBuffers, _device.Memory.LiveBuffers);
        Assert.Equal(before.InUse, _device.Memory.InUse);
        Assert.Equal(before.DeviceAllocations, _device.Memory.DeviceAllocations);
    }

    [Fact]
    public void EverythingIsReturnedInTheEnd()
    {
        long start = _device.Memory.LiveBuffers;
        using (Sequential net = Net())
        {
            using var adam = new Adam(net.Parameters());
            using Tensor x = Tensor.Full(_device, new Shape(4, 2, 6, 6), 0.5f), target = Tensor.Full(_device, new Shape(), 1);
            Step(net, adam, x, target);
        }
        Assert.Equal(start, _device.Memory.LiveBuffers);
    }

    [Fact]
    public void UnderNoGradAScopeReturnsEverythingAtOnce()
    {
        using Sequential net = Net();
        using Tensor x = Tensor.Full(_device, new Shape(4, 2, 6, 6), 0.5f);
        long before = _device.Memory.LiveBuffers;
        using (TensorScope.Begin())
        {
            using (Core.Autograd.GradMode.NoGrad())
            {
                net.Forward(x);
            }
        }
        Assert.Equal(before, _device.Memory.LiveBuffers);
    }

    [Fact]
    public void AGraphThatNobodyRunsIsReturnedWhenCollected()
    {
        using Sequential net = Net();
        using Tensor x = Tensor.Full(_device, new Shape(4, 2, 6, 6), 0.5f);
        long before = _device.Memory.LiveBuffers;
        Forget(net, x);
        for (int i = 0; i < 10 && _device.Memory.LiveBuffers > before; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.Equal(before, _device.Memory.LiveBuffers);
    }

    [Fact]
    public void TenThousandForgottenTensorsDoNotGrowThePool()
    {
        // 2.5 GB in all; none is disposed of, and nobody asks for a collection.
        for (int i = 0; i < 10_000; i++)
        {
            Tensor.Empty(_device, new Shape(256, 256));
        }
        Assert.InRange(_device.Memory.PeakReserved, 0, 96L << 20);
    }

    [Fact]
    public void KeepHandsATensorToTheEnclosingScope()
    {
        long start = _device.Memory.LiveBuffers;
        using (TensorScope.Begin())
        {
            Tensor kept;
            using (TensorScope inner = TensorScope.Begin())
            {
                kept = inner.Keep(Tensor.Full(_device, new Shape(3), 2));
                Tensor.Full(_device, new Shape(3), 1);
            }
            Assert.Equal([2, 2, 2], kept.ToArray());
            Assert.Equal(start + 1, _device.Memory.LiveBuffers);
        }
        Assert.Equal(start, _device.Memory.LiveBuffers);
    }

    [Fact]
    public void ScopesCloseInnermostFirst()
    {
        TensorScope outer = TensorScope.Begin(), inner = TensorScope.Begin();
        Assert.Throws<InvalidOperationException>(outer.Dispose);
        inner.Dispose();
        outer.Dispose();
        outer.Dispose();
    }

    [Fact]
    public void ParametersAndGradientsOutliveTheScopeTheyWereMadeIn()
    {
        Linear layer;
        using (TensorScope.Begin())
        {
            layer = new Linear(_device, 3, 2, new Generator(1));
            layer.Forward(Tensor.Full(_device, new Shape(4, 3), 1)).Sum().Backward();
        }
        using (layer)
        {
            Assert.Equal([4, 4, 4, 4, 4, 4], layer.Weight.Grad!.ToArray());
            Assert.Equal([4, 4], layer.Bias!.Grad!.ToArray());
            Assert.Equal(6, layer.Weight.ToArray().Length);
        }
    }

    private Sequential Net()
    {
        var g = new Generator(1);
        return new Sequential(new Conv2d(_device, 2, 4, 3, g, padding: 1), new BatchNorm2d(_device, 4), new ReLU(),
            new ConvTranspose2d(_device, 4, 2, 4, g, stride: 2, padding: 1), new LeakyReLU(0.2f), new Flatten(), new Linear(_device, 288, 1, g));
    }

    private static void Step(Sequential net, Adam adam, Tensor x, Tensor target)
    {
        using TensorScope scope = TensorScope.Begin();
        adam.ZeroGrad();
        net.Forward(x).BceWithLogitsLoss(target).Backward();
        adam.Step();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(Sequential net, Tensor x)
    {
        using TensorScope scope = TensorScope.Begin();
        net.Forward(x);
    }
}
