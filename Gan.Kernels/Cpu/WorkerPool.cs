using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>Work split into numbered parts; every part may run on any thread, so results must not depend on which.</summary>
internal interface IWork
{
    /// <summary>Does part <paramref name="part"/> of <paramref name="parts"/>.</summary>
    void Run(int part, int parts);
}

/// <summary>
/// Persistent worker threads for kernels: the caller takes part, wakes the others through one counter, and waits on another; no thread-pool
/// hops, no allocation. Workers spin briefly between kernels and sleep when nothing comes. One kernel at a time, by the caller's lock.
/// </summary>
internal sealed unsafe class WorkerPool : IDisposable
{
    private const int SpinsBeforeSleep = 2000;

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim[] _wake;
    private readonly int[] _sleeping;
    private readonly Lock _oneKernel = new();
    private delegate*<void*, int, int, void> _run;
    private void* _work;
    private int _parts;
    private int _next;
    private int _pending;
    private int _generation;
    private bool _stop;
    private Exception? _failure;

    /// <summary>Starts threads - 1 workers; the caller is the remaining one.</summary>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _threads = new Thread[threads - 1];
        _wake = new SemaphoreSlim[threads - 1];
        _sleeping = new int[threads - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int id = i;
            _wake[i] = new SemaphoreSlim(0);
            _threads[i] = new Thread(() => Loop(id)) { IsBackground = true, Name = $"gan-worker-{i + 1}" };
            _threads[i].Start();
        }
    }

    /// <summary>Threads that take part in a kernel, the caller included.</summary>
    public int Threads => _threads.Length + 1;

    /// <summary>Runs parts 0..parts-1 of the work and returns when all are done.</summary>
    public void Run<TWork>(TWork work, int parts) where TWork : struct, IWork
    {
        if (parts <= 1 || _threads.Length == 0)
        {
            for (int i = 0; i < parts; i++)
            {
                work.Run(i, parts);
            }
            return;
        }
        lock (_oneKernel)
        {
            _run = &Invoke<TWork>;
            _work = Unsafe.AsPointer(ref work);
            _parts = parts;
            _next = 0;
            _pending = _threads.Length;
            Interlocked.Increment(ref _generation);
            for (int i = 0; i < _threads.Length; i++)
            {
                if (Interlocked.Exchange(ref _sleeping[i], 0) == 1)
                {
                    _wake[i].Release();
                }
            }
            TakeParts();
            SpinWait spin = default;
            while (Volatile.Read(ref _pending) != 0)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }
            if (_failure is { } failure)
            {
                _failure = null;
                throw new InvalidOperationException("A kernel failed on a worker thread.", failure);
            }
        }
    }

    private static void Invoke<TWork>(void* work, int part, int parts) where TWork : struct, IWork =>
        Unsafe.AsRef<TWork>(work).Run(part, parts);

    private void TakeParts()
    {
        try
        {
            for (int part; (part = Interlocked.Increment(ref _next) - 1) < _parts;)
            {
                _run(_work, part, _parts);
            }
        }
        catch (Exception e)
        {
            _failure = e;
        }
    }

    private void Loop(int id)
    {
        int seen = 0;
        while (true)
        {
            int spins = 0;
            while (Volatile.Read(ref _generation) == seen)
            {
                if (++spins < SpinsBeforeSleep)
                {
                    Thread.SpinWait(20);
                    continue;
                }
                Volatile.Write(ref _sleeping[id], 1);
                Interlocked.MemoryBarrier();
                if (Volatile.Read(ref _generation) != seen && Interlocked.Exchange(ref _sleeping[id], 0) == 1)
                {
                    break; // work came while going to sleep, and no wake-up is on its way
                }
                _wake[id].Wait();
                spins = 0;
            }
            seen = Volatile.Read(ref _generation);
            if (_stop)
            {
                return;
            }
            TakeParts();
            Interlocked.Decrement(ref _pending);
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
            _stop = true;
            Interlocked.Increment(ref _generation);
            for (int i = 0; i < _threads.Length; i++)
            {
                if (Interlocked.Exchange(ref _sleeping[i], 0) == 1)
                {
                    _wake[i].Release();
                }
            }
        }
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
        foreach (SemaphoreSlim wake in _wake)
        {
            wake.Dispose();
        }
    }
}
