using System.Text.Json;
using Gan.Core.Serialization;
using Gan.Tests.Ops;
using Gan.Tests.Reference;
using Xunit;

namespace Gan.Tests.Golden;

/// <summary>The numbers of one training step, as in expected.json and metrics.jsonl.</summary>
internal sealed record StepNumbers(double LossD, double LossG, double DX, double DGz1, double DGz2, double GradNormD = 0, double GradNormG = 0)
{
    public static StepNumbers Parse(JsonElement step) => new(Get(step, "loss_d"), Get(step, "loss_g"), Get(step, "d_x"), Get(step, "d_g_z1"), Get(step, "d_g_z2"),
        step.TryGetProperty("grad_norm_d", out JsonElement d) ? d.GetDouble() : 0, step.TryGetProperty("grad_norm_g", out JsonElement g) ? g.GetDouble() : 0);

    public (string Name, double Value)[] Named() =>
        [("loss_d", LossD), ("loss_g", LossG), ("d_x", DX), ("d_g_z1", DGz1), ("d_g_z2", DGz2), ("grad_norm_d", GradNormD), ("grad_norm_g", GradNormG)];

    private static double Get(JsonElement step, string name) => step.GetProperty(name).GetDouble();
}

/// <summary>
/// A folder with a few training steps as PyTorch computes them in float64: ours (training_cases.py) or the shared parity cases, which have the same
/// layout. Says how to run it on the command line, and compares what came out.
/// </summary>
internal sealed class TrainingCase
{
    private readonly JsonElement _expected;
    private readonly double _rtol, _atol, _output;

    public TrainingCase(string folder)
    {
        Folder = folder;
        _expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json"))).RootElement;
        JsonElement tolerance = _expected.GetProperty("tolerance");
        (_rtol, _atol, _output) = (tolerance.GetProperty("rtol").GetDouble(), tolerance.GetProperty("atol").GetDouble(), tolerance.GetProperty("output").GetDouble());
        Steps = [.. _expected.GetProperty("steps").EnumerateArray().Select(StepNumbers.Parse)];
        Fixed = new GoldenFile(Path.Combine(folder, "fixed.safetensors"));
    }

    public string Folder { get; }

    public string Name => Path.GetFileName(Folder);

    public StepNumbers[] Steps { get; }

    /// <summary>fixed_latents, fixed_output, fixed_output_train and every BatchNorm buffer after the last step.</summary>
    public GoldenFile Fixed { get; }

    public string NetG => Path.Combine(Folder, "netG.safetensors");

    public string NetD => Path.Combine(Folder, "netD.safetensors");

    public string Latents => Path.Combine(Folder, "latents.safetensors");

    public string Images => Path.GetFullPath(Path.Combine(Folder, _expected.TryGetProperty("real", out JsonElement real) ? real.GetString()! : "real"));

    /// <summary>Training options by their command-line names; an empty text for a flag.</summary>
    public Dictionary<string, string> Options(string device = "cpu")
    {
        var options = new Dictionary<string, string>
        {
            ["--model"] = _expected.GetProperty("model").GetString()!,
            ["--data"] = Images,
            ["--netG"] = NetG,
            ["--netD"] = NetD,
            ["--latents"] = Latents,
            ["--no-shuffle"] = "",
            ["--batch-size"] = _expected.GetProperty("batch").GetInt32().ToString(),
            ["--steps"] = Steps.Length.ToString(),
            ["--device"] = device,
            ["--precision"] = "fp32",
        };
        foreach (JsonProperty option in _expected.GetProperty("options").EnumerateObject().Where(static o => o.Name is not ("batch" or "steps")))
        {
            options["--" + option.Name] = option.Value.GetString()!;
        }
        return options;
    }

    /// <summary>Every number of every step within |a - b| &lt;= atol + rtol |b|. Returns the largest part of the tolerance that was used.</summary>
    public double AssertSteps(IReadOnlyList<StepNumbers> found)
    {
        Assert.Equal(Steps.Length, found.Count);
        double largest = 0;
        for (int i = 0; i < Steps.Length; i++)
        {
            foreach (((string name, double value), (_, double expected)) in found[i].Named().Zip(Steps[i].Named()))
            {
                double part = Math.Abs(value - expected) / (_atol + _rtol * Math.Abs(expected));
                Assert.True(part <= 1, $"{Name}: step {i}: {name} is {value:g9}, PyTorch has {expected:g9} ({part:g3} tolerances away).");
                largest = Math.Max(largest, part);
            }
        }
        return largest;
    }

    /// <summary>Every BatchNorm buffer of one net, "netG" or "netD": running ones within 1e-3 relative + 1e-5, counters exactly.</summary>
    public void AssertBuffers(string net, IReadOnlyList<HostTensor> state)
    {
        string[] names = [.. Fixed.Names.Where(n => n.StartsWith(net + ".", StringComparison.Ordinal))];
        Assert.Equal(state.Count(static t => t.Name.Contains("running_", StringComparison.Ordinal) || t.Name.EndsWith("num_batches_tracked", StringComparison.Ordinal)), names.Length);
        foreach (string name in names)
        {
            NdArray expected = Fixed[name];
            HostTensor found = state.Single(t => $"{net}.{t.Name}" == name);
            if (name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            {
                Assert.True(found.ToInt64()[0] == (long)expected.Data[0], $"{Name}: {name} is {found.ToInt64()[0]}, PyTorch has {expected.Data[0]}.");
                continue;
            }
            float[] values = found.ToFloat32();
            for (int i = 0; i < expected.Length; i++)
            {
                Assert.True(Math.Abs(values[i] - expected.Data[i]) <= 1e-5 + 1e-3 * Math.Abs(expected.Data[i]),
                    $"{Name}: {name}[{i}] is {values[i]:g9}, PyTorch has {expected.Data[i]:g9}.");
            }
        }
    }

    /// <summary>The trained generator on the fixed noise, flattened N, C, H, W; fixed_output or fixed_output_train.</summary>
    public void AssertOutput(string name, ReadOnlySpan<float> found) => Close.Assert(Fixed[name], found, $"{Name}: {name}", abs: _output, rel: 0);

    /// <summary>Names of our cases.</summary>
    public static IEnumerable<TheoryDataRow<string>> Names() => Directory.GetDirectories(Path.Combine(GoldenFile.Folder(), "training"))
        .Select(Path.GetFileName).Where(static n => n != "images").Order(StringComparer.Ordinal).Select(static n => new TheoryDataRow<string>(n!));

    public static TrainingCase Ours(string name) => new(Path.Combine(GoldenFile.Folder(), "training", name));

    /// <summary>A case of the shared parity folder, beside the checkout; skips the test where it is absent.</summary>
    public static TrainingCase SharedParity(string name)
    {
        string folder = Path.GetFullPath(Path.Combine(GoldenFile.Folder(), "..", "..", "..", "shared", "parity", name));
        Assert.SkipUnless(Directory.Exists(folder), $"shared/parity/{name} is not beside this checkout.");
        return new TrainingCase(folder);
    }
}
