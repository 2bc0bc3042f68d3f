namespace Gan.Core.Autograd;

/// <summary>Switches recording off for a stretch of code on this thread: <c>using (GradMode.NoGrad()) { ... }</c>.</summary>
public static class GradMode
{
    [ThreadStatic]
    private static int t_disabled;

    /// <summary>Whether operations are recorded on this thread.</summary>
    public static bool IsEnabled => t_disabled == 0;

    /// <summary>No operation is recorded until the result is disposed; nests.</summary>
    public static NoGradScope NoGrad()
    {
        t_disabled++;
        return new NoGradScope(true);
    }

    /// <summary>Ends a <see cref="NoGrad"/> stretch when disposed. A value type: using it allocates nothing.</summary>
    public struct NoGradScope : IDisposable, IEquatable<NoGradScope>
    {
        private bool _active;

        internal NoGradScope(bool active) => _active = active;

        /// <summary>Recording goes on as before.</summary>
        public void Dispose()
        {
            if (_active)
            {
                _active = false;
                t_disabled--;
            }
        }

        /// <inheritdoc/>
        public readonly bool Equals(NoGradScope other) => _active == other._active;

        /// <inheritdoc/>
        public override readonly bool Equals(object? obj) => obj is NoGradScope other && Equals(other);

        /// <inheritdoc/>
        public override readonly int GetHashCode() => _active.GetHashCode();

        /// <summary>Same state.</summary>
        public static bool operator ==(NoGradScope left, NoGradScope right) => left.Equals(right);

        /// <summary>Different state.</summary>
        public static bool operator !=(NoGradScope left, NoGradScope right) => !left.Equals(right);
    }
}
