using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Gan.Train.Doctor;
using Gan.Train.Evaluation;
using Gan.Train.Interop;
using Gan.Train.Settings;

namespace Gan.Train.Cli;

/// <summary>The root command (train) and the commands beside it.</summary>
internal sealed class CommandTree
{
    public CommandTree()
    {
        Root = new RootCommand(
            "Trains GANs: the 64x64 DCGAN and the MNIST MLP GAN.\n  gan-train --model dcgan\n  gan-train --model mlp --data FOLDER --epochs 50\n  gan-train --resume RUN");
        var version = Root.Options.OfType<VersionOption>().Single();
        version.Action = new VersionAction();
        version.Description = "Show the version";
        Root.Options.OfType<HelpOption>().Single().Description = "Show this help";
        Train = new ParsedOptions(Root, TrainOptions.All);

        foreach (var sub in SubCommands)
        {
            Root.Subcommands.Add(sub.Command);
        }

        // Reached only for --help and --version, which bring their own actions; without one the parser would demand a sub-command.
        Root.SetAction(_ => ExitCode.Usage);
    }

    public RootCommand Root { get; }

    public ParsedOptions Train { get; }

    /// <summary>Adding a command: a row here, its handler in <see cref="CommandHandlers"/>.</summary>
    public IReadOnlyList<SubCommand> SubCommands { get; } =
    [
        new("generate", "Make images with a trained generator", GenerateOptions.All, static (given, handlers) => handlers.Generate(GenerateSettings.Resolve(given))),
        new("evaluate", "Measure how good generated images are", EvaluateSettings.Options, static (given, handlers) => handlers.Evaluate(EvaluateSettings.Resolve(given))),
        new("convert", "Convert PyTorch's .pth weights to .safetensors", ConvertSettings.Options,
            static (given, handlers) => handlers.Convert(ConvertSettings.Resolve(given)), ConvertSettings.Arguments),
        new("export", "Write a generator as ONNX", ExportSettings.Options, static (given, handlers) => handlers.Export(ExportSettings.Resolve(given))),
        new("doctor", "Check a device: every kernel, and training steps", DoctorSettings.Options, static (given, handlers) => handlers.Doctor(DoctorSettings.Resolve(given))),
        new("devices", "List the devices, and why one can't be used", DevicesSettings.Options, static (given, handlers) => handlers.Devices(DevicesSettings.Resolve(given))),
    ];

    private sealed class VersionAction : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"gan-train {RunConfig.ToolVersion}");
            return ExitCode.Done;
        }
    }
}
