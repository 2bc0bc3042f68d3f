using System.Runtime.InteropServices;
using Gan.Core.Nn;
using Gan.Core.Optim;
using Gan.Core.Serialization;
using Gan.Kernels;

namespace Gan.Train.Training;

/// <summary>
/// The contents of a checkpoint: both networks in PyTorch's names, and everything else a step depends on (Adam's moments and state, the step state)
/// in one more file. Restoring it goes on bit for bit.
/// </summary>
internal static class TrainerState
{
    public const string NetG = "netG.safetensors";
    public const string NetGAverage = "netG_ema.safetensors";
    public const string NetD = "netD.safetensors";
    public const string Optimizer = "optimizer.safetensors";
    private const string StepStateName = "step_state";

    /// <summary>Copies the state to the host; waits for the device.</summary>
    public static Dictionary<string, List<HostTensor>> Capture(GanTrainer trainer)
    {
        List<HostTensor> optimizer = [];
        AddAdam(optimizer, "netG", trainer.NetG, trainer.AdamG);
        AddAdam(optimizer, "netD", trainer.NetD, trainer.AdamD);
        var words = new uint[StepState.Length];
        trainer.Device.CopyToHost(trainer.State, words.AsSpan());
        optimizer.Add(HostTensor.FromInt64(StepStateName, [StepState.Length], Array.ConvertAll(words, static w => (long)w)));
        Dictionary<string, List<HostTensor>> files = new()
        {
            [NetG] = trainer.NetG.ToHost(),
            [NetD] = trainer.NetD.ToHost(),
            [Optimizer] = optimizer,
        };
        if (trainer.AverageG is { } average)
        {
            average.Swap();
            files.Add(NetGAverage, trainer.NetG.ToHost());
            average.Swap();
        }
        return files;
    }

    /// <summary>Puts a captured state back.</summary>
    /// <param name="trainer">Receives it.</param>
    /// <param name="netG">G.</param>
    /// <param name="netD">D.</param>
    /// <param name="optimizer">Everything else.</param>
    /// <param name="average">G's averaged weights, with --ema.</param>
    /// <returns>Finished steps.</returns>
    /// <exception cref="SafetensorsException">A tensor is missing or does not fit.</exception>
    public static long Restore(GanTrainer trainer, SafetensorsFile netG, SafetensorsFile netD, SafetensorsFile optimizer, SafetensorsFile? average = null)
    {
        if (trainer.AverageG is { } held)
        {
            trainer.NetG.Load(average ?? throw new SafetensorsException(netG.File, null, $"lies in a checkpoint without {NetGAverage}, which --ema needs."));
            held.Reset();
        }
        trainer.NetG.Load(netG);
        trainer.NetD.Load(netD);
        ReadAdam(optimizer, "netG", trainer.NetG, trainer.AdamG);
        ReadAdam(optimizer, "netD", trainer.NetD, trainer.AdamD);
        long[] found = optimizer[StepStateName].ToInt64();
        if (found.Length != StepState.Length || Array.Exists(found, static w => w is < 0 or > uint.MaxValue))
        {
            throw new SafetensorsException(optimizer.File, StepStateName, $"is not {StepState.Length} words from 0 to {uint.MaxValue}.");
        }
        uint[] words = Array.ConvertAll(found, static w => (uint)w);
        words[(int)StepField.Arrivals] = 0; // whatever the file may hold
        trainer.Device.CopyFromHost<uint>(words, trainer.State);
        return words[(int)StepField.Step];
    }

    private static void AddAdam(List<HostTensor> tensors, string net, Module module, Adam adam)
    {
        int index = 0;
        foreach ((string name, Core.Tensor parameter) in module.NamedParameters())
        {
            (float[] m, float[] v) = adam.ReadMoments(index++);
            tensors.Add(HostTensor.FromFloat32($"{net}.{name}.exp_avg", parameter.Shape.ToArray(), m));
            tensors.Add(HostTensor.FromFloat32($"{net}.{name}.exp_avg_sq", parameter.Shape.ToArray(), v));
        }
        byte[] state = MemoryMarshal.AsBytes(adam.ReadState().AsSpan()).ToArray();
        tensors.Add(new HostTensor($"{net}.adam_state", TensorDType.F64, [AdamState.Length], state));
    }

    private static void ReadAdam(SafetensorsFile file, string net, Module module, Adam adam)
    {
        int index = 0;
        foreach ((string name, Core.Tensor parameter) in module.NamedParameters())
        {
            adam.WriteMoments(index++, Moment(file, $"{net}.{name}.exp_avg", parameter), Moment(file, $"{net}.{name}.exp_avg_sq", parameter));
        }
        HostTensor state = file[$"{net}.adam_state"];
        if (state.DType != TensorDType.F64 || state.Count != AdamState.Length)
        {
            throw new SafetensorsException(file.File, state.Name, $"holds {state.Count} of {state.DType.FileName()}, {AdamState.Length} of F64 are needed.");
        }
        adam.WriteState(MemoryMarshal.Cast<byte, double>(state.Bytes.Span));
    }

    private static float[] Moment(SafetensorsFile file, string name, Core.Tensor parameter)
    {
        HostTensor moment = file[name];
        return moment.Count == parameter.Length
            ? moment.ToFloat32()
            : throw new SafetensorsException(file.File, name, $"has shape {HostTensor.ShapeText(moment.Shape)}, the parameter has {parameter.Shape}.");
    }
}
