using Gan.Core.Serialization;

namespace Gan.Core.Nn;

/// <summary>Moves a module's parameters and buffers to and from host tensors under PyTorch's names, shapes and element order.</summary>
public static class StateDictExtensions
{
    /// <summary>Copies parameters and buffers to the host, in the order of PyTorch's state_dict; waits for the device.</summary>
    public static List<HostTensor> ToHost(this Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        List<HostTensor> tensors = [];
        foreach ((string name, Tensor t) in module.StateDict())
        {
            tensors.Add(t.DType == DType.Int64
                ? HostTensor.FromInt64(name, t.Shape.ToArray(), t.ToInt64Array())
                : HostTensor.FromFloat32(name, FileShape(name, t).ToArray(), t.ToArray()));
        }
        return tensors;
    }

    /// <summary>
    /// Overwrites parameters and buffers from a file, strictly: every name must be there with the module's shape, and no other. A scalar may be
    /// stored as [1] (as some writers do with num_batches_tracked). Nothing is changed when something does not fit.
    /// </summary>
    /// <exception cref="SafetensorsException">A tensor is missing, unknown, or of another shape or type; the message names it.</exception>
    public static void Load(this Module module, SafetensorsFile file)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(file);
        List<(string Name, Tensor Tensor)> state = [.. module.StateDict()];
        Check(state, file);
        foreach ((string name, Tensor t) in state)
        {
            if (t.DType == DType.Int64)
            {
                t.Device.CopyFromHost<long>(file[name].ToInt64(), t.Int64Data);
                continue;
            }
            using (Autograd.GradMode.NoGrad())
            {
                t.CopyFrom(file[name].ToFloat32());
            }
        }
    }

    /// <summary>PyTorch's shape. A convolution's right singular vector is (1, Cin, K, K) here, so that it has its weight's order, and flat there.</summary>
    private static Shape FileShape(string name, Tensor t) =>
        t.Shape.Rank == 4 && name.EndsWith(SpectralNormalization.V, StringComparison.Ordinal) ? new Shape((int)t.Length) : t.Shape;

    private static void Check(List<(string Name, Tensor Tensor)> state, SafetensorsFile file)
    {
        HashSet<string> known = [.. state.Select(static s => s.Name)];
        foreach (HostTensor tensor in file)
        {
            if (!known.Contains(tensor.Name))
            {
                throw new SafetensorsException(file.File, tensor.Name, $"is unknown to this network; it expects {string.Join(", ", state.Take(4).Select(static s => s.Name))} ...");
            }
        }
        foreach ((string name, Tensor t) in state)
        {
            if (!file.TryGet(name, out HostTensor? found))
            {
                throw new SafetensorsException(file.File, name, $"is missing; the network needs it with shape {t.Shape}.");
            }
            bool scalar = t.Shape.Rank == 0 && found.Count == 1;
            if (!scalar && !found.Shape.SequenceEqual(Array.ConvertAll(FileShape(name, t).ToArray(), static d => (long)d)))
            {
                throw new SafetensorsException(file.File, name,
                    $"has shape {HostTensor.ShapeText(found.Shape)}, the network expects {t.Shape}; give the widths that the weights were trained with.");
            }
            bool floats = found.DType is TensorDType.F32 or TensorDType.F64 or TensorDType.F16 or TensorDType.BF16;
            if (floats != (t.DType == DType.Float32))
            {
                throw new SafetensorsException(file.File, name, $"holds {found.DType.FileName()}, the network expects {t.DType}.");
            }
        }
    }
}
