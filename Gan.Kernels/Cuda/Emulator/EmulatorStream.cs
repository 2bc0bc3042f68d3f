namespace Gan.Kernels.Cuda.Emulator;

/// <summary>A stream of the emulator: work in order, and the capture that is under way on it, if any.</summary>
internal sealed class EmulatorStream(nint handle)
{
    /// <summary>Its handle.</summary>
    public nint Handle => handle;

    /// <summary>Work that has not run.</summary>
    public Queue<StreamWork> Work { get; } = [];

    /// <summary>How many of <see cref="Work"/> count towards the limit.</summary>
    public int Counted { get; set; }

    /// <summary>The capture under way; null when there is none.</summary>
    public EmulatorCapture? Capture { get; set; }
}

/// <summary>A capture under way.</summary>
internal sealed class EmulatorCapture
{
    /// <summary>The thread that began it, who alone may end it.</summary>
    public int Thread { get; } = Environment.CurrentManagedThreadId;

    /// <summary>What was captured so far.</summary>
    public List<StreamWork> Nodes { get; } = [];

    /// <summary>The call that broke it; null while it is good.</summary>
    public string? BrokenBy { get; set; }
}

/// <summary>An event: the point it was recorded at last.</summary>
internal sealed class EmulatorEvent(bool timing)
{
    /// <summary>Whether it was created with timing.</summary>
    public bool Timing => timing;

    /// <summary>Where it was recorded; null before the first time.</summary>
    public MarkerWork? Marker { get; set; }
}
