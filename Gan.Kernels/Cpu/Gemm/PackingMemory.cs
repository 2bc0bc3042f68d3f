using System.Runtime.InteropServices;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// Native memory that kernels pack into: one shared area, and one for each thread. Areas grow to the largest request and stay, so a steady
/// training step allocates nothing; used by one kernel at a time (<see cref="WorkerPool.Exclusive"/>).
/// </summary>
internal sealed unsafe class PackingMemory(int threads) : IDisposable
{
    private const long HugePage = 2 << 20;

    private readonly Area[] _local = CreateAreas(threads);
    private readonly Area _shared = new();

    /// <summary>Bytes held now.</summary>
    public long Bytes => _shared.Bytes + _local.Sum(a => a.Bytes);

    /// <summary>The area that all threads of a kernel read; contents are unspecified.</summary>
    public float* Shared(long floats) => _shared.Request(floats);

    /// <summary>The calling thread's own area; contents are unspecified.</summary>
    public float* Local(long floats) => _local[WorkerPool.CurrentThread].Request(floats);

    public void Dispose()
    {
        _shared.Free();
        foreach (Area area in _local)
        {
            area.Free();
        }
    }

    private static Area[] CreateAreas(int threads)
    {
        var areas = new Area[threads];
        for (int i = 0; i < threads; i++)
        {
            areas[i] = new Area();
        }
        return areas;
    }

    private sealed class Area
    {
        private float* _address;

        public long Bytes { get; private set; }

        public float* Request(long floats)
        {
            long bytes = floats * sizeof(float);
            if (bytes > Bytes)
            {
                Free();
                bool huge = bytes > HugePage / 2;
                long alignment = huge ? HugePage : 4096;
                bytes = (bytes + alignment - 1) / alignment * alignment;
                _address = (float*)NativeMemory.AlignedAlloc((nuint)bytes, (nuint)alignment);
                Bytes = bytes;
                if (huge)
                {
                    HugePages.Advise(_address, bytes);
                }
            }
            return _address;
        }

        public void Free()
        {
            NativeMemory.AlignedFree(_address);
            _address = null;
            Bytes = 0;
        }
    }
}
