namespace Gan.Kernels.Cpu.Gemm;

/// <summary>Decides whether work is worth other threads. The parts are the same either way, so results are too.</summary>
internal static class WorkSize
{
    /// <summary>Multiply-adds in about 10 microseconds of one core.</summary>
    private const long WorthSharing = 500_000;

    /// <summary>Runs all parts, on the caller alone when the whole is small.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="work">What to run.</param>
    /// <param name="parts">Number of parts.</param>
    /// <param name="multiplyAdds">Size of the whole, in multiply-adds or what takes as long.</param>
    public static void Run<TWork>(WorkerPool pool, TWork work, int parts, long multiplyAdds) where TWork : struct, IWork
    {
        if (multiplyAdds < WorthSharing)
        {
            WorkerPool.RunHere(work, parts);
        }
        else
        {
            pool.Run(work, parts);
        }
    }
}
