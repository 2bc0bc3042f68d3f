using Gan.Core;
using Gan.Kernels;
using Gan.Train.Runs;

namespace Gan.Train.Training;

/// <summary>
/// The metrics of the current step and a ring of the latest steps, both on the device, so that no step waits for a read.
/// </summary>
internal sealed class MetricsRing : IDisposable
{
    /// <summary>Steps that are kept; the host must read at least this often.</summary>
    public const int Slots = 1024;

    private const int Width = 8;
    private readonly Device _device;
    private readonly Tensor _current;
    private readonly DeviceBuffer _ring;

    public MetricsRing(Device device)
    {
        _device = device;
        _current = Tensor.Zeros(device, new Shape(Width));
        _ring = device.Allocate<float>(Slots * Width);
        device.Kernels.Fill(_ring.AsSpan<float>(), 0);
        (DX, DGz1, DGz2, GradNormD, GradNormG) = (Scalar(2), Scalar(3), Scalar(4), Scalar(5), Scalar(6));
    }

    /// <summary>Receives mean D(x).</summary>
    public Tensor DX { get; }

    /// <summary>Receives mean D(G(z)) before the update.</summary>
    public Tensor DGz1 { get; }

    /// <summary>Receives mean D(G(z)) after the update.</summary>
    public Tensor DGz2 { get; }

    /// <summary>Receives the norm of D's gradients, before clipping; logged with <see cref="LogGradNorms"/>.</summary>
    public Tensor GradNormD { get; }

    /// <summary>Receives the norm of G's gradients.</summary>
    public Tensor GradNormG { get; }

    /// <summary>Whether lines hold the gradient norms.</summary>
    public bool LogGradNorms { get; init; }

    public void SetLossD(Tensor real, Tensor fake) => _device.Kernels.Add(real.Data, fake.Data, _current.Data.Slice(0, 1));

    public void SetLossG(Tensor loss) => _device.Kernels.Copy(loss.Data, _current.Data.Slice(1, 1));

    /// <summary>Copies the current values into the ring at the state's step.</summary>
    public void Record(DeviceSpan<uint> state) => _device.Kernels.RecordMetrics(_current.Data, _ring.AsSpan<float>(), Slots, Width, state);

    /// <summary>Reads steps [from, to), at most <see cref="Slots"/> of them; waits for the device.</summary>
    public List<MetricsLine> Read(long from, long to, Schedule schedule)
    {
        if (to - from > Slots)
        {
            throw new InvalidOperationException($"MetricsRing: steps {from} to {to} were asked for, but only the latest {Slots} are kept; read more often.");
        }
        var values = new float[Slots * Width];
        _device.CopyToHost(_ring.AsSpan<float>(), values.AsSpan());
        List<MetricsLine> lines = [];
        for (long step = from; step < to; step++)
        {
            ReadOnlySpan<float> v = values.AsSpan((int)(step % Slots) * Width, Width);
            lines.Add(new MetricsLine(step, schedule[step].Epoch, v[0], v[1], v[2], v[3], v[4], LogGradNorms ? v[5] : null, LogGradNorms ? v[6] : null));
        }
        return lines;
    }

    public void Dispose()
    {
        DX.Dispose();
        DGz1.Dispose();
        DGz2.Dispose();
        GradNormD.Dispose();
        GradNormG.Dispose();
        _current.Dispose();
        _ring.Dispose();
    }

    private Tensor Scalar(int index) => _current.Slice(index, new Shape());
}
