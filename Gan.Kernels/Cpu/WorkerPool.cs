using System.Runtime.CompilerServices;
using Gan.Kernels.Cpu.Gemm;

namespace Gan.Kernels.Cpu;

/// <summary>Work split into numbered parts; every part may run on any thread, so results must not depend on which.</summary>
internal interface IWork
{
    /// <summary>
    /// Whether whoever is free takes the next part, so that neighbours, which read the same operands, are done at the same time. Else each thread has parts of its own.
    /// </summary>
    static virtual bool InOrder => false;

    /// <summary>Does part <paramref name="part"/> of <paramref name="parts"/>.</summary>
    void Run(int part, int parts);
}

/// <summary>
/// Persistent worker threads for kernels; no thread-pool hops, no allocation. The caller opens the work, takes parts itself, closes it when no part
/// is left, and waits only for workers that have entered: one that the system has not scheduled yet costs nothing, so a crowded machine does
/// not slow kernels down to its time slices. Workers spin for a moment after a kernel and then sleep. One kernel at a time, by a lock.
/// <see cref="WorkBoard"/> says who does which parts.
/// </summary>
internal sealed unsafe class WorkerPool : IDisposable
{
    /// <summary>About 0.3 ms at the 40 ns that .NET gives one SpinWait: longer than the gaps between the kernels of a training step.</summary>
    private const int SpinsBeforeSleep = 8000;

    /// <summary>After this many spins the caller lends its core to the worker it waits for.</summary>
    private const int SpinsBeforeYield = 1000;

    [ThreadStatic]
    private static int t_thread;

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim[] _wake;
    private readonly int[] _sleeping;
    private readonly Lock _oneKernel = new();
    private readonly WorkBoard _board;
    private bool _stop;
    private Exception? _failure;

    /// <summary>Starts threads - 1 workers; the caller is the remaining one.</summary>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _threads = new Thread[threads - 1];
        _wake = new SemaphoreSlim[threads - 1];
        _sleeping = new int[threads - 1];
        _board = new WorkBoard(threads);
        Scratch = new PackingMemory(threads);
        for (int i = 0; i < _threads.Length; i++)
        {
            int id = i;
            _wake[i] = new SemaphoreSlim(0);
            _threads[i] = new Thread(() => Loop(id)) { IsBackground = true, Name = $"gan-worker-{i + 1}" };
            _threads[i].Start();
        }
    }

    /// <summary>0 for a caller, 1 and up for the workers of a pool: the index of the thread's scratch area.</summary>
    public static int CurrentThread => t_thread;

    /// <summary>Threads that take part in a kernel, the caller included.</summary>
    public int Threads => _threads.Length + 1;

    /// <summary>Packing memory, to be used inside <see cref="Exclusive"/> only.</summary>
    public PackingMemory Scratch { get; }

    /// <summary>Keeps other callers out while a kernel of several runs uses <see cref="Scratch"/>; runs inside are allowed.</summary>
    public Lock.Scope Exclusive() => _oneKernel.EnterScope();

    /// <summary>Runs parts 0..parts-1 of the work and returns when all are done.</summary>
    public void Run<TWork>(TWork work, int parts) where TWork : struct, IWork
    {
        if (parts <= 1 || _threads.Length == 0)
        {
            RunHere(work, parts);
            return;
        }
        lock (_oneKernel)
        {
            _board.Post(&Invoke<TWork>, Unsafe.AsPointer(ref work), parts, TWork.InOrder);
            WakeWorkers(parts - 1);
            TakeParts(0);
            _board.Close();
            for (int spins = 0; _board.Inside != 0; spins++)
            {
                if (spins < SpinsBeforeYield)
                {
                    Thread.SpinWait(1);
                }
                else
                {
                    Thread.Yield();
                }
            }
            if (_failure is { } failure)
            {
                _failure = null;
                throw new InvalidOperationException("A kernel failed on a worker thread.", failure);
            }
        }
    }

    /// <summary>
    /// Runs the same parts on the caller alone, for work of less than some 10 microseconds, where waking others costs more than they would do.
    /// </summary>
    public static void RunHere<TWork>(TWork work, int parts) where TWork : struct, IWork
    {
        for (int i = 0; i < parts; i++)
        {
            work.Run(i, parts);
        }
    }

    private static void Invoke<TWork>(void* work, int part, int parts) where TWork : struct, IWork =>
        Unsafe.AsRef<TWork>(work).Run(part, parts);

    /// <summary>Posting was a full fence: a worker about to sleep has seen the new work, or its flag is seen here.</summary>
    private void WakeWorkers(int wanted)
    {
        for (int i = 0; i < _threads.Length && i < wanted; i++)
        {
            if (Volatile.Read(ref _sleeping[i]) == 1 && Interlocked.Exchange(ref _sleeping[i], 0) == 1)
            {
                _wake[i].Release();
            }
        }
    }

    private void TakeParts(int thread)
    {
        try
        {
            while (_board.Claim(thread, out int begin, out int end))
            {
                _board.Do(begin, end);
            }
        }
        catch (Exception e)
        {
            _failure = e;
        }
    }

    private void Loop(int id)
    {
        t_thread = id + 1;
        int seen = 0;
        while (true)
        {
            WaitForWork(id, seen);
            if (_board.Enter(out seen))
            {
                TakeParts(id + 1);
                _board.Leave();
            }
            if (Volatile.Read(ref _stop)) // after Enter, which may have seen the kernel that Dispose posts: none comes after it
            {
                return;
            }
        }
    }

    private void WaitForWork(int id, int seen)
    {
        int spins = 0;
        while (_board.Generation == seen)
        {
            if (++spins < SpinsBeforeSleep)
            {
                Thread.SpinWait(1);
                continue;
            }
            Volatile.Write(ref _sleeping[id], 1);
            Interlocked.MemoryBarrier();
            if (_board.Generation != seen && Interlocked.Exchange(ref _sleeping[id], 0) == 1)
            {
                return; // work came while going to sleep, and no wake-up is on its way
            }
            _wake[id].Wait();
            spins = 0;
        }
    }

    public void Dispose()
    {
        lock (_oneKernel)
        {
            if (_stop)
            {
                return;
            }
            Volatile.Write(ref _stop, true);
            _board.Post(null, null, 0, inOrder: false);
            WakeWorkers(_threads.Length);
        }
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
        foreach (SemaphoreSlim wake in _wake)
        {
            wake.Dispose();
        }
        _board.Dispose();
        Scratch.Dispose();
    }
}
