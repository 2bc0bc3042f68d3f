using System.CommandLine;
using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Train.Settings;

namespace Gan.Bench.Counts;

/// <summary>"counts": what a training step's CUDA kernels do, counted on the emulator, against the least that is needed.</summary>
internal static class CountCommand
{
    public static Command Create(TextWriter output)
    {
        var model = new Option<ModelKind>("--model") { Description = "dcgan or mlp.", DefaultValueFactory = static _ => ModelKind.Dcgan };
        var batch = new Option<int>("--batch") { Description = "Images a step.", DefaultValueFactory = static _ => 128 };
        var precision = new Option<Precision>("--precision") { Description = "fp32, tf32 or bf16.", DefaultValueFactory = static _ => Precision.Tf32 };
        var blocks = new Option<int>("--blocks") { Description = "Blocks of a launch that are run; counts are scaled.", DefaultValueFactory = static _ => 4 };
        var entries = new Option<bool>("--entries") { Description = "A line for each entry of the PTX as well." };
        var command = new Command("counts", "Counts what the CUDA kernels of one training step do, on the emulator, against the least that is needed.") { model, batch, precision, blocks, entries };
        command.SetAction(parsed =>
        {
            (IReadOnlyList<KernelCounts> kernels, int longest) = StepCounts.Measure(parsed.GetValue(model), parsed.GetValue(batch), parsed.GetValue(precision), Math.Max(1, parsed.GetValue(blocks)), Environment.ProcessorCount);
            Write(kernels, parsed.GetValue(entries), output);
            output.WriteLine($"{kernels.Sum(static k => k.Launches)} launches a step, of which {longest} have to run one after the other ({CudaDevice.BranchVariable}=1).");
            return 0;
        });
        return command;
    }

    private static void Write(IReadOnlyList<KernelCounts> kernels, bool entries, TextWriter output)
    {
        output.WriteLine("| kernel | calls | launches | GFLOP | needed | ratio | MB | L2 MB | needed | ratio | bank conflicts |");
        output.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (KernelCounts k in kernels)
        {
            Row(k, k.Kernel, output);
            foreach (KernelCounts entry in entries ? k.Entries.Values : Enumerable.Empty<KernelCounts>())
            {
                Row(entry, $"- {entry.Kernel}", output);
            }
        }
        var all = new KernelCounts("all");
        foreach (KernelCounts k in kernels)
        {
            (all.Calls, all.Launches) = (all.Calls + k.Calls, all.Launches + k.Launches);
            (all.NeededOperations, all.NeededBytes) = (all.NeededOperations + k.NeededOperations, all.NeededBytes + k.NeededBytes);
            (all.Operations, all.Bytes) = (all.Operations + (k.NeededOperations > 0 ? k.Operations : 0), all.Bytes + k.Bytes);
            all.SecondLevelBytes += k.SecondLevelBytes;
            (all.SharedAccesses, all.BankConflicts) = (all.SharedAccesses + k.SharedAccesses, all.BankConflicts + k.BankConflicts);
        }
        Row(all, "all (GFLOP: products only)", output);
    }

    private static void Row(KernelCounts k, string name, TextWriter output)
    {
        static string Ratio(double done, double needed) => needed > 0 ? $"{done / needed:0.00}" : "";
        static string Giga(double n) => n > 0 ? $"{n / 1e9:0.###}" : "";
        output.WriteLine($"| {name} | {(k.Calls > 0 ? k.Calls : "")} | {k.Launches} | {Giga(k.Operations)} | {Giga(k.NeededOperations)} | {Ratio(k.Operations, k.NeededOperations)} "
            + $"| {k.Bytes / 1e6:0.##} | {k.SecondLevelBytes / 1e6:0.##} | {(k.NeededBytes > 0 ? $"{k.NeededBytes / 1e6:0.##}" : "")} | {Ratio(k.Bytes, k.NeededBytes)} | {(k.SharedAccesses > 0 ? $"{100 * k.BankConflicts / k.SharedAccesses:0.#} %" : "")} |");
    }
}
