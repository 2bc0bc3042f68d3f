using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Gan.Train.Doctor;
using Gan.Train.Interop;
using Gan.Train.Settings;

namespace Gan.Train.Cli;

/// <summary>The root command (train), the commands beside it, and those that later versions bring.</summary>
internal sealed class CommandTree
{
    private static readonly (string Name, string Description)[] Later =
    [
        ("evaluate", "Measure how good a generator's images are"),
    ];

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

        foreach (var (name, description) in Later)
        {
            Root.Subcommands.Add(new Command(name, $"{description} (not in this version)") { TreatUnmatchedTokensAsErrors = false });
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
        new("convert", "Convert PyTorch's .pth weights to .safetensors", ConvertSettings.Options,
            static (given, handlers) => handlers.Convert(ConvertSettings.Resolve(given)), ConvertSettings.Arguments),
        new("export", "Write a generator as ONNX", ExportSettings.Options, static (given, handlers) => handlers.Export(ExportSettings.Resolve(given))),
        new("doctor", "Check a device: every kernel, and training steps", DoctorSettings.Options, static (given, handlers) => handlers.Doctor(DoctorSettings.Resolve(given))),
        new("devices", "List the devices, and why one can't be used", DevicesSettings.Options, static (given, handlers) => handlers.Devices(DevicesSettings.Resolve(given))),
    ];

    public static bool IsLater(string command) => Later.Any(l => l.Name == command);

    private sealed class VersionAction : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"gan-train {RunConfig.ToolVersion}");
            return ExitCode.Done;
        }
    }
}
