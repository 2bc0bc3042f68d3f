using Gan.Train.Doctor;
using Gan.Train.Evaluation;
using Gan.Train.Generation;
using Gan.Train.Interop;
using Gan.Train.Settings;
using Gan.Train.Training;

namespace Gan.Train.Cli;

/// <summary>What runs behind each command; returns the exit code.</summary>
internal sealed record CommandHandlers
{
    /// <summary>Trains; sets <see cref="TrainRequest.Begun"/> when the first step starts.</summary>
    public required Func<TrainRequest, int> Train { get; init; }

    /// <summary>Makes images.</summary>
    public required Func<GenerateSettings, int> Generate { get; init; }

    /// <summary>Judges generated images.</summary>
    public required Func<EvaluateSettings, int> Evaluate { get; init; }

    /// <summary>Turns a .pth file into safetensors.</summary>
    public required Func<ConvertSettings, int> Convert { get; init; }

    /// <summary>Writes a generator as ONNX.</summary>
    public required Func<ExportSettings, int> Export { get; init; }

    /// <summary>Checks a device.</summary>
    public required Func<DoctorSettings, int> Doctor { get; init; }

    /// <summary>Lists the devices.</summary>
    public required Func<DevicesSettings, int> Devices { get; init; }

    /// <summary>The program's own.</summary>
    /// <param name="output">Console lines.</param>
    /// <param name="interrupt">Ends a command as soon as it can.</param>
    /// <param name="devices">Null: this machine's.</param>
    public static CommandHandlers Of(TextWriter output, CancellationToken interrupt, IDeviceCatalogue? devices = null)
    {
        devices ??= new MachineDevices();
        return new()
        {
            Train = request => TrainCommand.Run(request, devices, output, interrupt),
            Generate = settings => GenerateCommand.Run(settings, devices, output, interrupt),
            Evaluate = settings => EvaluateCommand.Run(settings, devices, output, interrupt),
            Convert = settings => ConvertCommand.Run(settings, output),
            Export = settings => ExportCommand.Run(settings, devices, output),
            Doctor = settings => DoctorCommand.Run(settings, devices, output, interrupt),
            Devices = settings => DevicesCommand.Run(settings, devices, output),
        };
    }
}
