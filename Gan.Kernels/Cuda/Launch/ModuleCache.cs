using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Launch;

/// <summary>
/// Loads PTX files when a kernel of theirs is first launched, and keeps them. The driver compiles PTX for the device at hand; its log is part of any error.
/// </summary>
internal sealed class ModuleCache(CudaSession session, int computeCapability, Func<string, string?> readPtx) : IDisposable
{
    private readonly Dictionary<string, nint> _modules = [];
    private readonly Dictionary<KernelId, KernelFunction> _functions = [];

    /// <summary>The kernels loaded so far.</summary>
    public IEnumerable<KernelFunction> Loaded => _functions.Values;

    /// <summary>The kernel, loaded.</summary>
    /// <exception cref="CudaException">No such file or entry, a device that can't run it, or the driver's compiler refused it.</exception>
    public KernelFunction Get(KernelId id)
    {
        if (!_functions.TryGetValue(id, out KernelFunction? function))
        {
            nint module = Module(id.File);
            CudaResult result = session.Driver.ModuleGetFunction(module, id.Entry, out nint handle);
            if (result == CudaResult.NotFound)
            {
                throw new CudaException($"{session.Name}: {id.File}.ptx has no kernel '{id.Entry}'.") { DriverCode = (int)result };
            }
            session.Check(result, $"ModuleGetFunction({id})");
            session.Check(session.Driver.FunctionAttribute(handle, CudaFunctionAttribute.SharedBytes, out int staticShared));
            _functions[id] = function = new KernelFunction(id, handle, staticShared);
        }
        return function;
    }

    private nint Module(string file)
    {
        if (_modules.TryGetValue(file, out nint module))
        {
            return module;
        }
        (int needed, bool exactly) = PtxResources.Needs(file);
        if (exactly ? computeCapability != needed : computeCapability < needed)
        {
            throw new CudaException($"{session.Name}: kernels of {file}.ptx need compute capability {Version(needed)}{(exactly ? " exactly" : "")}; "
                + $"this device has {Version(computeCapability)}.");
        }
        string ptx = readPtx(file) ?? throw new CudaException($"{session.Name}: this build carries no {file}.ptx.");
        CudaResult result = session.Driver.ModuleLoad(ptx, out module, out string log);
        if (result != CudaResult.Success)
        {
            CudaException failure = session.Failure(result, $"ModuleLoad of {file}.ptx");
            string text = log.Trim();
            throw new CudaException($"{failure.Message}{(text.Length == 0 ? "" : $"{Environment.NewLine}{text}")}") { DriverCode = failure.DriverCode };
        }
        return _modules[file] = module;
    }

    /// <summary>10 * major + minor as people write it.</summary>
    public static string Version(int capability) => $"{capability / 10}.{capability % 10}";

    /// <summary>Unloads everything; refusals are not reported, the context goes next.</summary>
    public void Dispose()
    {
        if (session.TryEnter())
        {
            foreach (nint module in _modules.Values)
            {
                _ = session.Driver.ModuleUnload(module);
            }
        }
        _modules.Clear();
        _functions.Clear();
    }
}
