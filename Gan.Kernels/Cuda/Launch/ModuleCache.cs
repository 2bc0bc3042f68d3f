using System.Collections.Concurrent;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Launch;

/// <summary>
/// Loads kernels, each as a module of its own (<see cref="PtxCut"/>), when they are first launched or a moment earlier, and keeps them. The driver compiles the PTX
/// for the device at hand; its log is part of any error.
/// </summary>
internal sealed class ModuleCache(CudaSession session, int computeCapability, Func<string, string?> readPtx) : IDisposable
{
    private readonly ConcurrentDictionary<KernelId, Lazy<KernelFunction>> _functions = [];
    private readonly ConcurrentQueue<nint> _modules = [];
    private readonly LoaderThreads _loaders = new();

    /// <summary>Whether kernels that are loaded from now on are made for dependent launch (<see cref="PtxDependentLaunch"/>); where the device and its driver know it.</summary>
    public bool DependentLaunch { get => field && computeCapability >= PtxDependentLaunch.Capability && session.Driver.HasProgrammaticDependencies; set; }

    /// <summary>The kernels loaded so far.</summary>
    public IEnumerable<KernelFunction> Loaded => _functions.Values.Where(static f => f.IsValueCreated).Select(static f => f.Value);

    /// <summary>The kernel, loaded. Waits where it is being loaded already.</summary>
    /// <exception cref="CudaException">No such file or entry, a device that can't run it, or the driver's compiler refused it.</exception>
    public KernelFunction Get(KernelId id)
    {
        while (true)
        {
            Lazy<KernelFunction> function = _functions.GetOrAdd(id, Later);
            try
            {
                return function.Value;
            }
            catch (Exception)
            {
                _functions.TryRemove(new(id, function));
                if (function is not Ahead) // what a thread beside failed at (in the middle of a capture, say) is tried again here, where it is needed
                {
                    throw;
                }
            }
        }
    }

    /// <summary>Begins to load a kernel that will be needed, on a thread beside: the driver compiles several at once. Errors show when it is launched.</summary>
    public void Prefetch(KernelId id)
    {
        if (_functions.ContainsKey(id))
        {
            return;
        }
        Ahead function = new(() => Load(id));
        if (_functions.TryAdd(id, function))
        {
            _loaders.Add(() =>
            {
                try
                {
                    _ = function.Value;
                }
                catch (Exception)
                {
                    _functions.TryRemove(new(id, function));
                }
            });
        }
    }

    private Lazy<KernelFunction> Later(KernelId id) => new(() => Load(id));

    private KernelFunction Load(KernelId id)
    {
        session.Enter();
        bool waits = DependentLaunch;
        nint module = Module(id, waits);
        CudaResult result = session.Driver.ModuleGetFunction(module, id.Entry, out nint handle);
        if (result == CudaResult.NotFound)
        {
            throw new CudaException($"{session.Name}: {id.File}.ptx has no kernel '{id.Entry}'.") { DriverCode = (int)result };
        }
        session.Check(result, $"ModuleGetFunction({id})");
        session.Check(session.Driver.FunctionAttribute(handle, CudaFunctionAttribute.SharedBytes, out int staticShared));
        return new KernelFunction(id, handle, staticShared, waits);
    }

    private nint Module(KernelId id, bool waits)
    {
        string file = id.File;
        PtxTarget target = PtxResources.Needs(file);
        if (!target.RunsOn(computeCapability))
        {
            throw new CudaException($"{session.Name}: kernels of {file}.ptx need compute capability {Version(target.Capability)}{(target.Exactly ? " exactly" : "")}; "
                + $"this device has {Version(computeCapability)}.");
        }
        string ptx = readPtx(file) ?? throw new CudaException($"{session.Name}: this build carries no {file}.ptx.");
        ptx = PtxCut.Entry(ptx, id.Entry) ?? ptx;
        CudaResult result = session.Driver.ModuleLoad(waits ? PtxDependentLaunch.Of(ptx) : ptx, out nint module, out string log);
        if (result != CudaResult.Success)
        {
            CudaException failure = session.Failure(result, $"ModuleLoad of {file}.ptx");
            string text = log.Trim();
            throw new CudaException($"{failure.Message}{(text.Length == 0 ? "" : $"{Environment.NewLine}{text}")}") { DriverCode = failure.DriverCode };
        }
        _modules.Enqueue(module);
        return module;
    }

    /// <summary>10 * major + minor as people write it.</summary>
    public static string Version(int capability) => $"{capability / 10}.{capability % 10}";

    /// <summary>Unloads everything, once what is being loaded is there; refusals are not reported, the context goes next.</summary>
    public void Dispose()
    {
        _loaders.Stop();
        if (session.TryEnter())
        {
            foreach (nint module in _modules)
            {
                _ = session.Driver.ModuleUnload(module);
            }
        }
        _modules.Clear();
        _functions.Clear();
    }

    /// <summary>A kernel that is loaded before anybody asked for it.</summary>
    private sealed class Ahead(Func<KernelFunction> load) : Lazy<KernelFunction>(load);
}
