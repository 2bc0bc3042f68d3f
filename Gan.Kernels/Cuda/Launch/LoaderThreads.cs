namespace Gan.Kernels.Cuda.Launch;

/// <summary>
/// Runs jobs on threads of its own, as many as there are processors, which end when nothing is left to do. Not on the thread pool: jobs wait for the driver,
/// and the emulator needs the pool to get on.
/// </summary>
internal sealed class LoaderThreads
{
    private readonly Queue<Action> _jobs = [];
    private readonly HashSet<Thread> _threads = [];

    /// <summary>Adds a job; it must not throw.</summary>
    public void Add(Action job)
    {
        lock (_jobs)
        {
            _jobs.Enqueue(job);
            if (_threads.Count < Environment.ProcessorCount)
            {
                var thread = new Thread(Work) { IsBackground = true, Name = "gan-loader" };
                _threads.Add(thread);
                thread.Start();
            }
        }
    }

    /// <summary>Drops the jobs that wait and waits for those that run.</summary>
    public void Stop()
    {
        Thread[] running;
        lock (_jobs)
        {
            _jobs.Clear();
            running = [.. _threads];
        }
        foreach (Thread thread in running)
        {
            thread.Join();
        }
    }

    private void Work()
    {
        while (true)
        {
            Action? job;
            lock (_jobs)
            {
                if (!_jobs.TryDequeue(out job))
                {
                    _threads.Remove(Thread.CurrentThread);
                    return;
                }
            }
            job();
        }
    }
}
