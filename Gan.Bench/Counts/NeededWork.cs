using System.Reflection;
using Gan.Kernels;

namespace Gan.Bench.Counts;

/// <summary>
/// Kernels that pass every call on and note its name and the least work it needs: each operand moved once (read and written where it is added to or
/// updated in place), and the textbook operations of products.
/// </summary>
internal class NeededWork : DispatchProxy
{
    private IKernels? _inner;
    private Action<NeededCall>? _note;

    /// <summary>Kernels over <paramref name="inner"/> that report each call, before it is made, to <paramref name="note"/>.</summary>
    public static IKernels Over(IKernels inner, Action<NeededCall> note)
    {
        IKernels proxy = Create<IKernels, NeededWork>();
        var work = (NeededWork)(object)proxy;
        (work._inner, work._note) = (inner, note);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        _note!(new NeededCall(targetMethod!.Name, Operations(targetMethod, args!), Bytes(targetMethod, args!)));
        return targetMethod.Invoke(_inner, args);
    }

    private static long Operations(MethodInfo method, object?[] args)
    {
        ParameterInfo[] parameters = method.GetParameters();
        long Value(string name) => (int)args[Array.FindIndex(parameters, p => p.Name == name)]!;
        return Array.Find(args, static a => a is ConvDims) is ConvDims dims ? dims.Operations
            : method.Name == nameof(IKernels.MatMul) ? 2 * Value("m") * Value("n") * Value("k") : 0;
    }

    private static long Bytes(MethodInfo method, object?[] args)
    {
        ParameterInfo[] parameters = method.GetParameters();
        long Value(string name) => (int)args[Array.FindIndex(parameters, p => p.Name == name)]!;
        return method.Name switch
        {
            nameof(IKernels.GatherNormalize) => Value("rows") * Value("elements") * (sizeof(byte) + sizeof(float)),
            nameof(IKernels.TakeRows) => 2 * Value("rows") * Value("columns") * sizeof(float),
            nameof(IKernels.RecordMetrics) => 2 * Value("width") * sizeof(float),
            nameof(IKernels.Adam) => args.Zip(parameters).Sum(static a => (a.Second.Name is "w" or "m" or "v" ? 2 : 1) * Size(a.First)),
            _ => args.Zip(parameters).Sum(static a => Size(a.First)) + (args.Contains(WriteMode.Add) ? Size(args[Output(parameters)]) : 0),
        };
    }

    /// <summary>The span that a WriteMode stands behind: the last one before it.</summary>
    private static int Output(ParameterInfo[] parameters) =>
        Array.FindLastIndex(parameters, Math.Max(0, Array.FindIndex(parameters, static p => p.ParameterType == typeof(WriteMode))), static p => p.ParameterType.IsGenericType);

    private static long Size(object? argument) => argument switch
    {
        DeviceSpan<float> s => s.Length * sizeof(float),
        DeviceSpan<byte> s => s.Length,
        DeviceSpan<uint> s => s.Length * sizeof(uint),
        DeviceSpan<long> s => s.Length * sizeof(long),
        DeviceSpan<double> s => s.Length * sizeof(double),
        Epilogue epilogue => Size(epilogue.Bias) + Size(epilogue.Result),
        FiniteCheck[] checks => checks.Sum(static c => Size(c.X)),
        _ => 0,
    };
}

/// <summary>A call of the kernel contract and the least it needs.</summary>
/// <param name="Kernel">The contract's method.</param>
/// <param name="Operations">Floating-point operations of a product, padding included; 0 for the others.</param>
/// <param name="Bytes">Memory traffic.</param>
internal readonly record struct NeededCall(string Kernel, long Operations, long Bytes);
