using System.Runtime.InteropServices;

namespace Gan.Kernels.Cpu;

/// <summary>
/// Which thread does which parts of a kernel. Every thread has a range of its own and takes from its front: the same parts in every kernel of so many, so that
/// what it wrote in one kernel lies in its own caches in the next (affinity scheduling, Markatos and LeBlanc 1994). A thread whose range is used up takes the
/// back half of another's. Kernels whose neighbouring parts read the same operands have one range for all threads (<see cref="IWork.InOrder"/>). Cores may be far apart (on two of an EPYC a cache line took 60 ns there and back at some times, 320 at others), so nothing is
/// shared that need not be: the state, the work and each range have cache lines of their own.
/// </summary>
internal sealed unsafe class WorkBoard : IDisposable
{
    /// <summary>Two cache lines: processors fetch them in pairs.</summary>
    private const int Line = 128;

    /// <summary>
    /// A thread takes so many-th of what is left of its range (of its share of a common one), several parts at once while there are many (guided self-scheduling, Polychronopoulos and
    /// Kuck 1987): at each claim it waits for its last loads and starts anew with an empty pipeline, which costs a part of 128 KiB a tenth of its time.
    /// </summary>
    private const int Claims = 16;

    /// <summary>State: in the upper half the kernel's number, in the lower whether threads may enter, and how many are inside.</summary>
    private const long Open = 1 << 30, InsideMask = Open - 1;

    private readonly int _threads;
    private readonly byte* _lines;
    private readonly long* _state;
    private readonly Posted* _posted;

    /// <param name="threads">Threads that claim, numbered from 0.</param>
    public WorkBoard(int threads)
    {
        _threads = threads;
        nuint bytes = (nuint)((threads + 2) * Line);
        _lines = (byte*)NativeMemory.AlignedAlloc(bytes, Line);
        NativeMemory.Clear(_lines, bytes);
        _state = (long*)_lines;
        _posted = (Posted*)(_lines + Line);
    }

    /// <summary>Number of the newest kernel.</summary>
    public int Generation => (int)(Volatile.Read(ref *_state) >> 32);

    /// <summary>Workers that have entered and not left.</summary>
    public int Inside => (int)(Volatile.Read(ref *_state) & InsideMask);

    /// <summary>Opens a kernel to all threads. Nobody may be inside. A full fence.</summary>
    /// <param name="run">Does a part.</param>
    /// <param name="work">Its first argument.</param>
    /// <param name="parts">Number of parts.</param>
    /// <param name="inOrder">Whether all threads take from one range, the first thread's.</param>
    public void Post(delegate*<void*, int, int, void> run, void* work, int parts, bool inOrder)
    {
        *_posted = new() { Run = run, Work = work, Parts = parts, InOrder = inOrder };
        for (int thread = 0, end = 0; thread < _threads; thread++)
        {
            int begin = end;
            end = inOrder ? parts : begin + (parts + _threads - 1 - thread) / _threads;
            *Range(thread) = Pack(begin, end);
        }
        Interlocked.Exchange(ref *_state, ((long)(Generation + 1) << 32) | Open);
    }

    /// <summary>Lets nobody in any more.</summary>
    public void Close() => Interlocked.And(ref *_state, ~Open);

    /// <summary>Joins the newest kernel, unless it is closed already; either way says its number.</summary>
    public bool Enter(out int generation)
    {
        while (true)
        {
            long state = Volatile.Read(ref *_state);
            generation = (int)(state >> 32);
            if ((state & Open) == 0)
            {
                return false;
            }
            if (Interlocked.CompareExchange(ref *_state, state + 1, state) == state)
            {
                return true;
            }
        }
    }

    /// <summary>The way out for whom <see cref="Enter"/> let in.</summary>
    public void Leave() => Interlocked.Decrement(ref *_state);

    /// <summary>Takes parts [begin, end) for a thread; false: all are taken.</summary>
    public bool Claim(int thread, out int begin, out int end)
    {
        bool inOrder = _posted->InOrder;
        int claims = inOrder ? Claims * _threads : Claims;
        long* own = Range(inOrder ? 0 : thread);
        do
        {
            long range;
            while (Unpack(range = Volatile.Read(ref *own), out begin, out int last))
            {
                end = begin + Math.Max(1, (last - begin) / claims);
                if (Interlocked.CompareExchange(ref *own, Pack(end, last), range) == range)
                {
                    return true;
                }
            }
        }
        while (!inOrder && Steal(thread, own));
        (begin, end) = (0, 0);
        return false;
    }

    /// <summary>Does what was claimed.</summary>
    public void Do(int begin, int end)
    {
        delegate*<void*, int, int, void> run = _posted->Run;
        void* work = _posted->Work;
        int parts = _posted->Parts;
        for (int part = begin; part < end; part++)
        {
            run(work, part, parts);
        }
    }

    public void Dispose() => NativeMemory.AlignedFree(_lines);

    /// <summary>Moves the back half of another thread's range to the caller's, which is empty. A range says itself which parts it holds, so it may come and go.</summary>
    private bool Steal(int thread, long* own)
    {
        for (int i = 1; i < _threads; i++)
        {
            long* other = Range((thread + i) % _threads);
            long range;
            while (Unpack(range = Volatile.Read(ref *other), out int begin, out int end))
            {
                int middle = begin + (end - begin) / 2;
                if (Interlocked.CompareExchange(ref *other, Pack(begin, middle), range) == range)
                {
                    Volatile.Write(ref *own, Pack(middle, end));
                    return true;
                }
            }
        }
        return false;
    }

    private long* Range(int thread) => (long*)(_lines + (2 + thread) * Line);

    private static long Pack(int begin, int end) => ((long)begin << 32) | (uint)end;

    private static bool Unpack(long range, out int begin, out int end)
    {
        (begin, end) = ((int)(range >> 32), (int)range);
        return begin < end;
    }

    /// <summary>A kernel: its code, its arguments, and how it is cut.</summary>
    private struct Posted
    {
        public delegate*<void*, int, int, void> Run;
        public void* Work;
        public int Parts;
        public bool InOrder;
    }
}
