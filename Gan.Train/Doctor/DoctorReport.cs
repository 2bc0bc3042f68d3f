using System.Globalization;
using System.Text.Json.Nodes;
using Gan.Kernels;
using Gan.Train.Settings;

namespace Gan.Train.Doctor;

/// <summary>What doctor found, printed as it comes and kept for the JSON file.</summary>
internal sealed class DoctorReport(TextWriter output)
{
    private readonly List<KernelResult> _kernels = [];
    private readonly List<StepResult> _steps = [];
    private string? _failure;

    /// <summary>Whether everything agreed so far, and something was compared.</summary>
    public bool Ok => _failure is null && _kernels.Count > 0 && _kernels.TrueForAll(static k => k.Ok) && _steps.TrueForAll(static s => s.Ok);

    public void KernelHeader(string device, Precision precision, string yardstick)
    {
        output.WriteLine($"Kernels of {device} in {precision.Text()} against {yardstick}: largest error, relative to the output's largest value");
        output.WriteLine($"{"",-4} {"kernel",-23} {"shape",-48} {"error",9} {"allowed",9} {"ms",9}");
    }

    public void Add(KernelResult k)
    {
        _kernels.Add(k);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Mark(k.Ok),-4} {k.Kernel,-23} {k.Shape,-48} {k.Error,9:0.0e+00} {k.Allowed,9:0.0e+00} {k.Milliseconds,9:0.0000}{(k.Failure is null ? "" : $"  {k.Failure}")}"));
    }

    public void Add(StepResult s)
    {
        _steps.Add(s);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Mark(s.Ok),-4} {s.Model}: {s.Steps} single training steps: largest error {s.Error:0.0e+00} ({s.Worst}), allowed {s.Allowed:0.0e+00}; "
            + $"moments {s.MomentError:0.0e+00}, allowed {s.MomentsAllowed:0.0e+00}; "
            + $"run twice: {(s.Repeats ? "bit for bit the same" : "DIFFERENT BITS")}; {s.Milliseconds:0.00} ms a step"));
    }

    /// <summary>The device failed; nothing more can be checked.</summary>
    public void Fail(string message)
    {
        _failure = message;
        output.WriteLine($"{Mark(false),-4} {message}");
    }

    public void Conclude()
    {
        int bad = _kernels.Count(static k => !k.Ok) + _steps.Count(static s => !s.Ok);
        output.WriteLine(Ok ? $"Everything agrees: {_kernels.Count} kernel checks, {_steps.Sum(static s => s.Steps)} training steps."
            : $"DISAGREEMENT: {bad} of {_kernels.Count + _steps.Count} checks{(_failure is null ? "" : ", and the device failed")}.");
    }

    public JsonObject ToJson(string device, string description, Precision precision) => new()
    {
        ["device"] = device,
        ["description"] = description,
        ["precision"] = precision.Text(),
        ["ok"] = Ok,
        ["failure"] = _failure,
        ["kernels"] = new JsonArray([.. _kernels.Select(static k => new JsonObject
        {
            ["name"] = k.Kernel, ["shape"] = k.Shape, ["error"] = Finite(k.Error), ["allowed"] = k.Allowed, ["ms"] = k.Milliseconds, ["ok"] = k.Ok, ["failure"] = k.Failure,
        })]),
        ["steps"] = new JsonArray([.. _steps.Select(static s => new JsonObject
        {
            ["model"] = s.Model, ["steps"] = s.Steps, ["error"] = Finite(s.Error), ["worst"] = s.Worst, ["allowed"] = s.Allowed, ["moment_error"] = Finite(s.MomentError), ["moments_allowed"] = s.MomentsAllowed, ["repeats"] = s.Repeats,
            ["ms"] = s.Milliseconds, ["ok"] = s.Ok,
        })]),
    };

    private static string Mark(bool ok) => ok ? "ok" : "BAD";

    /// <summary>JSON has no infinity.</summary>
    private static JsonNode? Finite(double value) => double.IsFinite(value) ? value : null;
}
