using System.Text;

namespace Gan.Kernels.Cuda.Driver;

// Modules, functions, launches.
internal sealed unsafe partial class NativeDriver
{
    // CUjit_option. Numbers are passed in the pointer itself, not by address.
    private const int JitInfoLogBuffer = 3, JitInfoLogBufferSizeBytes = 4, JitErrorLogBuffer = 5, JitErrorLogBufferSizeBytes = 6;
    private const int FuncAttributeMaxDynamicSharedSizeBytes = 8; // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
    private const int FuncAttributePreferredSharedMemoryCarveOut = 9; // CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT
    private const nint LaunchParamEnd = 0, LaunchParamBufferPointer = 1, LaunchParamBufferSize = 2; // CU_LAUNCH_PARAM_...
    private const int LogBytes = 16 * 1024;

    public CudaResult ModuleLoad(string ptx, out nint module, out string log)
    {
        byte[] image = Encoding.UTF8.GetBytes(ptx + "\0"), information = new byte[LogBytes], errors = new byte[LogBytes];
        nint value = 0;
        CudaResult result;
        fixed (byte* text = image, infoLog = information, errorLog = errors)
        {
            int* options = stackalloc int[] { JitInfoLogBuffer, JitInfoLogBufferSizeBytes, JitErrorLogBuffer, JitErrorLogBufferSizeBytes };
            void** values = stackalloc void*[] { infoLog, (void*)LogBytes, errorLog, (void*)LogBytes };
            result = _cuda.ModuleLoadDataEx(&value, text, 4, options, values);
        }
        module = value;
        log = $"{Text(errors)}\n{Text(information)}".Trim();
        return result;
    }

    public CudaResult ModuleUnload(nint module) => _cuda.ModuleUnload(module);

    public CudaResult ModuleGetFunction(nint module, string name, out nint function)
    {
        nint value = 0;
        CudaResult result;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + "\0"))
        {
            result = _cuda.ModuleGetFunction(&value, module, text);
        }
        function = value;
        return result;
    }

    public CudaResult FunctionAttribute(nint function, CudaFunctionAttribute attribute, out int value)
    {
        int answer = 0;
        CudaResult result = _cuda.FuncGetAttribute(&answer, (int)attribute, function);
        value = answer;
        return result;
    }

    public CudaResult FunctionSetDynamicShared(nint function, int bytes) =>
        _cuda.FuncSetAttribute(function, FuncAttributeMaxDynamicSharedSizeBytes, bytes);

    public CudaResult FunctionSetCarveOut(nint function, int percent) => _cuda.FuncSetAttribute(function, FuncAttributePreferredSharedMemoryCarveOut, percent);

    public CudaResult Launch(nint function, Dim3 grid, Dim3 block, int dynamicShared, nint stream, ReadOnlySpan<byte> parameters)
    {
        fixed (byte* buffer = parameters)
        {
            nuint size = (nuint)parameters.Length;
            void** extra = stackalloc void*[5];
            PackedParameters(extra, buffer, &size);
            return _cuda.LaunchKernel(function, (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)block.X, (uint)block.Y, (uint)block.Z,
                (uint)dynamicShared, stream, null, parameters.IsEmpty ? null : extra);
        }
    }

    /// <summary>Parameters in one buffer, in the form of an "extra" argument of five entries.</summary>
    private static void PackedParameters(void** extra, byte* buffer, nuint* size)
    {
        extra[0] = (void*)LaunchParamBufferPointer;
        extra[1] = buffer;
        extra[2] = (void*)LaunchParamBufferSize;
        extra[3] = size;
        extra[4] = (void*)LaunchParamEnd;
    }
}
