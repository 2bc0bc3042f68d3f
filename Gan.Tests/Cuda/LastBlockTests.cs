using Gan.Core;
using Gan.Core.Serialization;
using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Launch;
using Gan.Tests.EndToEnd;
using Gan.Train.Models;
using Gan.Train.Training;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>Kernels whose last block goes on alone (arrives_last in Source/gan.cuh), with the emulator watching what blocks do to each other.</summary>
public sealed class LastBlockTests
{
    private const int Length = 100_000; // many blocks

    /// <summary>An update moves Adam's state behind the reads of all blocks, and is counted once each time.</summary>
    [Fact]
    public void AdamsLastBlockMovesTheState()
    {
        using CudaDevice device = WatchedBlocks.Open(Precision.Fp32);
        RunAdam(device, out double[] state, out float[] w);
        Assert.Equal([3, 2e-4, 0.5, 0.999, 1e-8, 0.125, 0.999 * 0.999 * 0.999, 0], state);
        using var cpu = new Gan.Kernels.Cpu.CpuDevice();
        RunAdam(cpu, out double[] expected, out float[] right);
        Assert.Equal(expected, state);
        Assert.Equal(right, w);
    }

    /// <summary>The check's last block reads what all found, of several checks the first one's lowest element.</summary>
    [Fact]
    public void TheChecksLastBlockReadsWhatAllFound()
    {
        using CudaDevice device = WatchedBlocks.Open(Precision.Fp32);
        Assert.Equal([38, 12, 70_001], RunCheck(device, 70_001, 70_002, 99_999));
        Assert.Equal([38, 12, 3], RunCheck(device, 99_000, 3));
        Assert.Equal([0, 0, 0], RunCheck(device));
    }

    /// <summary>Without either fence another block's results are read too early; the emulator says so.</summary>
    [Theory, InlineData(0), InlineData(1)]
    public void AMissingFenceIsFound(int fence)
    {
        string step = Without(PtxResources.Read("step.sm_70")!, "fence.acq_rel.gpu;", fence);
        using CudaDevice device = WatchedBlocks.Open(Precision.Fp32, file => file == "step.sm_70" ? step : PtxResources.Read(file));
        string message = Assert.Throws<CudaException>(() => RunCheck(device, 5)).Message;
        Assert.Matches(@"check_finite, PTX line \d+ `ld\.global.*race: block \d+ reads 0x\w+, which block \d+ writes in the same launch", message);
    }

    /// <summary>Counts of blocks in a file, which no run writes, would make no block the last one: they are not taken over.</summary>
    [Fact]
    public void CountsInACheckpointAreForgotten()
    {
        GanOptions options = StepTests.Options(false, 1);
        using CudaDevice device = CudaDevice.OpenEmulator(Precision.Fp32);
        using ImageStore images = StepTests.Images(device, options);
        using GanTrainer trainer = new(device, options, images, null);
        Dictionary<string, SafetensorsFile> files = TrainerState.Capture(trainer).ToDictionary(static f => f.Key, static f => Parsed(f.Value.Select(WithCounts)));
        TrainerState.Restore(trainer, files[TrainerState.NetG], files[TrainerState.NetD], files[TrainerState.Optimizer]);
        var schedule = new Schedule(StepTests.Count, options.BatchSize, options.DSteps, 2, null);
        trainer.StepWithoutPlan(schedule[0]);
        Assert.Equal((1, 1), (trainer.AdamG.StepCount, trainer.AdamD.StepCount));
        using Tensor weight = trainer.NetG.Parameters().First().Detach();
        weight.CopyFrom([.. Enumerable.Repeat(float.NaN, (int)weight.Length)]);
        trainer.StepWithoutPlan(schedule[1]);
        Assert.NotNull(trainer.ReadFault());
    }

    private static HostTensor WithCounts(HostTensor tensor)
    {
        byte[] bytes = tensor.Bytes.ToArray();
        if (tensor.Name is "netG.adam_state" or "netD.adam_state" or "step_state")
        {
            bytes[^8] = 7; // the last number is the count, in the lower of its halves
        }
        return new HostTensor(tensor.Name, tensor.DType, tensor.Shape, bytes);
    }

    private static SafetensorsFile Parsed(IEnumerable<HostTensor> tensors)
    {
        using var stream = new MemoryStream();
        Safetensors.Write(stream, tensors);
        return Safetensors.Parse(stream.ToArray());
    }

    private static string Without(string ptx, string instruction, int which)
    {
        int at = -1;
        for (int i = 0; i <= which; i++)
        {
            at = ptx.IndexOf(instruction, at + 1, StringComparison.Ordinal);
            Assert.True(at >= 0);
        }
        return ptx.Remove(at, instruction.Length);
    }

    private static void RunAdam(Device device, out double[] state, out float[] w)
    {
        using DeviceBuffer weights = Upload(device, 1), gradients = Upload(device, 0.01f), m = Upload(device, 0), v = Upload(device, 0);
        using DeviceBuffer numbers = device.Allocate<double>(AdamState.Length);
        device.CopyFromHost<double>([0, 2e-4, 0.5, 0.999, 1e-8, 1, 1, 0], numbers.AsSpan<double>());
        for (int step = 0; step < 3; step++)
        {
            device.Kernels.Adam(weights.AsSpan<float>(), gradients.AsSpan<float>(), m.AsSpan<float>(), v.AsSpan<float>(), numbers.AsSpan<double>(), default);
        }
        (state, w) = (new double[AdamState.Length], new float[Length]);
        device.CopyToHost(numbers.AsSpan<double>(), state.AsSpan());
        device.CopyToHost(weights.AsSpan<float>(), w.AsSpan());
    }

    /// <summary>Fault step, site and index after two checks of all elements, of which some are wrong.</summary>
    private static uint[] RunCheck(Device device, params int[] wrong)
    {
        float[] x = new float[Length];
        Array.ForEach(wrong, i => x[i] = float.NaN);
        using DeviceBuffer well = Upload(device, 1), values = device.Allocate<float>(Length), state = device.Allocate<uint>(StepState.Length);
        device.CopyFromHost<float>(x, values.AsSpan<float>());
        device.CopyFromHost<uint>([37, .. new uint[StepState.Length - 1]], state.AsSpan<uint>());
        device.Kernels.CheckFinite([new(well.AsSpan<float>(), 2, 11), new(values.AsSpan<float>(), float.MaxValue, 12), new(values.AsSpan<float>(), 1, 13)], state.AsSpan<uint>());
        device.Kernels.CheckFinite([new(values.AsSpan<float>(), 1, 14)], state.AsSpan<uint>()); // the first fault stays
        uint[] words = new uint[StepState.Length];
        device.CopyToHost(state.AsSpan<uint>(), words.AsSpan());
        Assert.Equal(0u, words[(int)StepField.Arrivals]);
        return words[(int)StepField.FaultStep..((int)StepField.FaultIndex + 1)];
    }

    private static DeviceBuffer Upload(Device device, float value)
    {
        DeviceBuffer buffer = device.Allocate<float>(Length);
        device.Kernels.Fill(buffer.AsSpan<float>(), value);
        return buffer;
    }
}
