using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Emulator;

// Modules, functions, launches.
internal sealed unsafe partial class EmulatorDriver
{
    private const int MaxThreads = 1024, MaxBlockZ = 64, MaxGridYZ = 65_535;

    private readonly Dictionary<nint, IReadOnlyDictionary<string, MachineKernel>> _modules = [];
    private readonly Dictionary<nint, LoadedFunction> _functions = [];

    public CudaResult ModuleLoad(string ptx, out nint module, out string log)
    {
        lock (_lock)
        {
            (module, log) = (0, "");
            if (Guard(inCapture: false) is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (Target(ptx) is { } target && !target.RunsOn(_profile.ComputeCapability))
            {
                log = $".target {target} does not run on sm_{_profile.ComputeCapability}";
                return CudaResult.NoBinaryForGpu;
            }
            try
            {
                IReadOnlyDictionary<string, MachineKernel> kernels = _machine.Load(ptx);
                module = ++_handles;
                _modules[module] = kernels;
                return CudaResult.Success;
            }
            catch (MachineFaultException e)
            {
                log = e.Message;
                return e.Result;
            }
        }
    }

    /// <summary>The architecture in the .target directive; null when there is none, which the parser will report.</summary>
    private static PtxTarget? Target(string ptx)
    {
        const string Directive = ".target ";
        int at = ptx.IndexOf(Directive, StringComparison.Ordinal);
        ReadOnlySpan<char> rest = at < 0 ? "" : ptx.AsSpan(at + Directive.Length).TrimStart();
        int end = rest.IndexOfAny(", \t\r\n");
        return PtxTarget.TryParse(end < 0 ? rest : rest[..end], out PtxTarget target) ? target : null;
    }

    public CudaResult ModuleUnload(nint module)
    {
        lock (_lock)
        {
            if (Guard(inCapture: false) is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (!_modules.Remove(module))
            {
                return CudaResult.InvalidHandle;
            }
            foreach ((nint handle, LoadedFunction function) in _functions)
            {
                if (function.Module == module)
                {
                    _functions.Remove(handle);
                }
            }
            return CudaResult.Success;
        }
    }

    public CudaResult ModuleGetFunction(nint module, string name, out nint function)
    {
        lock (_lock)
        {
            function = 0;
            if (Guard() is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (!_modules.TryGetValue(module, out IReadOnlyDictionary<string, MachineKernel>? kernels))
            {
                return CudaResult.InvalidHandle;
            }
            if (!kernels.TryGetValue(name, out MachineKernel? kernel))
            {
                return CudaResult.NotFound;
            }
            function = ++_handles;
            _functions[function] = new LoadedFunction(module, kernel);
            return CudaResult.Success;
        }
    }

    public CudaResult FunctionAttribute(nint function, CudaFunctionAttribute attribute, out int value)
    {
        lock (_lock)
        {
            value = 0;
            if (Guard() is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (!_functions.TryGetValue(function, out LoadedFunction? known))
            {
                return CudaResult.InvalidHandle;
            }
            value = attribute switch
            {
                CudaFunctionAttribute.MaxThreadsPerBlock => known.Kernel.MaxThreads,
                CudaFunctionAttribute.SharedBytes => known.Kernel.StaticShared,
                CudaFunctionAttribute.LocalBytes => known.Kernel.LocalBytes,
                CudaFunctionAttribute.Registers => known.Kernel.Registers,
                _ => -1,
            };
            return value < 0 ? CudaResult.InvalidValue : CudaResult.Success;
        }
    }

    public CudaResult FunctionSetDynamicShared(nint function, int bytes)
    {
        lock (_lock)
        {
            if (Guard() is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (!_functions.TryGetValue(function, out LoadedFunction? known))
            {
                return CudaResult.InvalidHandle;
            }
            if (bytes < 0 || bytes + known.Kernel.StaticShared > _profile.SharedOptIn)
            {
                return Refuse(CudaResult.InvalidValue,
                    $"{bytes} bytes besides the {known.Kernel.StaticShared} that {known.Kernel.Name} declares are more than a block's {_profile.SharedOptIn}");
            }
            known.DynamicLimit = bytes;
            return CudaResult.Success;
        }
    }

    public CudaResult FunctionSetCarveOut(nint function, int percent)
    {
        lock (_lock)
        {
            if (Guard() is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (!_functions.TryGetValue(function, out LoadedFunction? known))
            {
                return CudaResult.InvalidHandle;
            }
            if (percent is < -1 or > 100)
            {
                return Refuse(CudaResult.InvalidValue, $"{percent} % of the memory as shared memory: 0 to 100, or -1 for no preference");
            }
            known.Kernel.CarveOut = percent;
            return CudaResult.Success;
        }
    }

    public CudaResult Launch(nint function, Dim3 grid, Dim3 block, int dynamicShared, nint stream, ReadOnlySpan<byte> parameters)
    {
        lock (_lock)
        {
            return Guard() is var refused and not CudaResult.Success ? refused
                : Prepare(function, grid, block, dynamicShared, parameters, out LaunchWork? launch) is var wrong and not CudaResult.Success ? wrong
                : Enqueue(stream, () => launch!);
        }
    }

    /// <summary>Checks a launch, and makes the work of it.</summary>
    private CudaResult Prepare(nint function, Dim3 grid, Dim3 block, int dynamicShared, ReadOnlySpan<byte> parameters, out LaunchWork? launch)
    {
        launch = null;
        if (!_functions.TryGetValue(function, out LoadedFunction? known))
        {
            return CudaResult.InvalidHandle;
        }
        MachineKernel kernel = known.Kernel;
        if (grid.X < 1 || grid.Y is < 1 or > MaxGridYZ || grid.Z is < 1 or > MaxGridYZ)
        {
            return Refuse(CudaResult.InvalidValue, $"grid {grid}: each extent must be 1 or more, Y and Z at most {MaxGridYZ}");
        }
        if (block.X < 1 || block.Y < 1 || block.Z is < 1 or > MaxBlockZ || block.Count > MaxThreads)
        {
            return Refuse(CudaResult.InvalidValue, $"block {block}: each extent must be 1 or more, Z at most {MaxBlockZ}, {MaxThreads} threads in all");
        }
        if (block.Count > kernel.MaxThreads)
        {
            return Refuse(CudaResult.LaunchOutOfResources, $"{kernel.Name} is compiled for at most {kernel.MaxThreads} threads a block");
        }
        if (dynamicShared < 0 || dynamicShared > (known.DynamicLimit ?? DefaultShared - kernel.StaticShared))
        {
            return Refuse(CudaResult.InvalidValue, $"{kernel.Name} may have {known.DynamicLimit ?? DefaultShared - kernel.StaticShared} bytes of dynamic shared memory, "
                + "until FunctionSetDynamicShared allows more");
        }
        if (parameters.Length != kernel.ParameterBytes)
        {
            return Refuse(CudaResult.InvalidValue, $"{kernel.Name} takes {kernel.ParameterBytes} bytes of arguments");
        }
        launch = new LaunchWork(kernel, grid, block, dynamicShared, parameters.ToArray());
        return CudaResult.Success;
    }

    /// <summary>A function and what was set for it.</summary>
    private sealed class LoadedFunction(nint module, MachineKernel kernel)
    {
        public nint Module => module;

        public MachineKernel Kernel => kernel;

        /// <summary>Dynamic shared memory allowed on request; null for the default.</summary>
        public int? DynamicLimit { get; set; }
    }
}
