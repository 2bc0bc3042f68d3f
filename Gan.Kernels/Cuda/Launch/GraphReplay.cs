using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Launch;

/// <summary>
/// The launches of one captured step with all their arguments, scratch addresses included, and the CUDA graph made of them at the first replay. Launches
/// are noted below the kernel contract, so a replay repeats grids and addresses exactly, without host work and without renting memory.
/// </summary>
internal sealed class GraphReplay(CudaSession session, LaunchContext launches, Lock marksLock) : IDisposable
{
    private readonly List<Action> _nodes = [];
    private nint _executable;
    private int _launches;

    /// <summary>Notes a launch.</summary>
    public void Note(KernelFunction function, Dim3 grid, Dim3 block, int dynamicShared, ReadOnlySpan<byte> parameters)
    {
        byte[] copy = parameters.ToArray();
        Add(() => launches.Queue(function, grid, block, dynamicShared, copy));
        _launches++;
    }

    /// <summary>Notes that a block of the plan's pool is rented at this point of the step; for drivers that check accesses.</summary>
    public void NoteRented(IMemoryMarks marks, nint block, long bytes) => Add(() => marks.Rented(block, bytes, session.Stream));

    /// <summary>Notes that a block of the plan's pool is returned at this point of the step.</summary>
    public void NoteReturned(IMemoryMarks marks, nint block, long blockBytes) => Add(() => marks.Returned(block, blockBytes, session.Stream));

    private void Add(Action queue)
    {
        lock (marksLock) // finalizers note returned blocks
        {
            _nodes.Add(queue);
        }
    }

    /// <summary>Queues the step once more; the first time, makes the graph.</summary>
    /// <exception cref="CudaException">The driver refused.</exception>
    public void Run()
    {
        if (_launches == 0)
        {
            return;
        }
        session.Enter();
        if (_executable == 0)
        {
            Build();
        }
        session.Check(session.Driver.GraphLaunch(_executable, session.Stream));
        session.Queued();
    }

    private void Build()
    {
        ICudaDriver driver = session.Driver;
        nint graph;
        lock (marksLock) // a finalizer's mark must not slip into the graph
        {
            session.Check(driver.StreamBeginCapture(session.Stream));
            try
            {
                foreach (Action queue in _nodes)
                {
                    queue();
                }
            }
            catch
            {
                // Leave the stream usable: the capture has to end in any case.
                if (driver.StreamEndCapture(session.Stream, out nint partial) == CudaResult.Success && partial != 0)
                {
                    _ = driver.GraphDestroy(partial);
                }
                throw;
            }
            session.Check(driver.StreamEndCapture(session.Stream, out graph));
        }
        CudaResult result = driver.GraphInstantiate(graph, out nint executable);
        _ = driver.GraphDestroy(graph);
        session.Check(result, $"GraphInstantiate of {_launches} launches");
        _executable = executable;
    }

    /// <summary>Destroys the graph; its work is done by then.</summary>
    public void Dispose()
    {
        if (_executable != 0 && session.TryEnter())
        {
            _ = session.Driver.GraphExecutableDestroy(_executable);
        }
        _executable = 0;
    }
}
