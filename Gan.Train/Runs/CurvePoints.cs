namespace Gan.Train.Runs;

/// <summary>
/// Curves over the steps of a run in memory that does not grow with it: each point stands for equally many steps (the last one for fewer) by their mean, with the
/// least and the largest value beside it, so that a spike still shows. When all points are taken, neighbours are merged.
/// </summary>
internal sealed class CurvePoints
{
    /// <summary>Points at most; from half of them on, a run that is long enough has at any time.</summary>
    public const int MaxPoints = 1200;

    private readonly long[] _first = new long[MaxPoints], _last = new long[MaxPoints];
    private readonly Column[] _columns;
    private long _size = 1, _held;

    /// <param name="columns">Curves; all have a value at each step.</param>
    public CurvePoints(int columns) => _columns = [.. Enumerable.Range(0, columns).Select(static _ => new Column())];

    private CurvePoints(CurvePoints other)
    {
        (_size, _held, Points) = (other._size, other._held, other.Points);
        (_first, _last) = ([.. other._first], [.. other._last]);
        _columns = [.. other._columns.Select(static c => c.Copy())];
    }

    /// <summary>Points so far.</summary>
    public int Points { get; private set; }

    /// <summary>Curves.</summary>
    public int Columns => _columns.Length;

    /// <summary>Whether a point stands for one step only, so that least, mean and largest are the same.</summary>
    public bool IsWhole => _size == 1;

    /// <summary>First and last step that a point stands for.</summary>
    public (long First, long Last) Steps(int point) => (_first[point], _last[point]);

    /// <summary>Least, mean and largest of the finite values of a point; NaN when none is.</summary>
    public (float Least, float Mean, float Largest) Of(int column, int point) => _columns[column].Of(point);

    /// <summary>What is known now, to be read by another thread.</summary>
    public CurvePoints Snapshot() => new(this);

    /// <summary>Appends a step.</summary>
    /// <param name="step">Above all before.</param>
    /// <param name="values">One a curve.</param>
    public void Add(long step, params ReadOnlySpan<float> values)
    {
        if (values.Length != Columns)
        {
            throw new ArgumentException($"CurvePoints: {values.Length} values for {Columns} curves; give one a curve.", nameof(values));
        }
        if (Points == 0 || _held == _size)
        {
            Open(step);
        }
        int point = Points - 1;
        (_last[point], _held) = (step, _held + 1);
        for (int c = 0; c < values.Length; c++)
        {
            _columns[c].Add(point, values[c]);
        }
    }

    private void Open(long step)
    {
        if (Points == MaxPoints)
        {
            for (int p = 0; p < MaxPoints / 2; p++)
            {
                (_first[p], _last[p]) = (_first[2 * p], _last[2 * p + 1]);
                Array.ForEach(_columns, c => c.Merge(2 * p, p));
            }
            (Points, _size) = (MaxPoints / 2, 2 * _size);
        }
        int point = Points++;
        (_first[point], _held) = (step, 0);
        Array.ForEach(_columns, c => c.Clear(point));
    }

    private sealed class Column
    {
        private readonly float[] _least = new float[MaxPoints], _largest = new float[MaxPoints];
        private readonly double[] _sum = new double[MaxPoints];
        private readonly long[] _finite = new long[MaxPoints];

        public Column()
        {
        }

        private Column(Column other) => (_least, _largest, _sum, _finite) = ([.. other._least], [.. other._largest], [.. other._sum], [.. other._finite]);

        public Column Copy() => new(this);

        public void Clear(int point) => (_least[point], _largest[point], _sum[point], _finite[point]) = (float.PositiveInfinity, float.NegativeInfinity, 0, 0);

        public void Add(int point, float value)
        {
            if (float.IsFinite(value))
            {
                (_least[point], _largest[point]) = (MathF.Min(_least[point], value), MathF.Max(_largest[point], value));
                (_sum[point], _finite[point]) = (_sum[point] + value, _finite[point] + 1);
            }
        }

        /// <summary>Puts points <paramref name="from"/> and the one behind it into one.</summary>
        public void Merge(int from, int to) => (_least[to], _largest[to], _sum[to], _finite[to]) =
            (MathF.Min(_least[from], _least[from + 1]), MathF.Max(_largest[from], _largest[from + 1]), _sum[from] + _sum[from + 1], _finite[from] + _finite[from + 1]);

        public (float Least, float Mean, float Largest) Of(int point) =>
            _finite[point] == 0 ? (float.NaN, float.NaN, float.NaN) : (_least[point], (float)(_sum[point] / _finite[point]), _largest[point]);
    }
}
