namespace Gan.Train.Reports;

/// <summary>
/// Curves with a bounded number of points, however long the run: each stands for equally many steps by their mean, with the least and the largest value beside
/// it, so that a spike still shows.
/// </summary>
internal sealed class CurveBuckets
{
    private readonly int _count, _size;

    /// <param name="count">Values of a curve.</param>
    /// <param name="most">Points at most.</param>
    public CurveBuckets(int count, int most) => (_count, _size) = (count, Math.Max(1, (count + most - 1) / most));

    /// <summary>Points.</summary>
    public int Points => (_count + _size - 1) / _size;

    /// <summary>Whether a point stands for one value only, so that least, mean and largest are the same.</summary>
    public bool IsWhole => _size == 1;

    /// <summary>Places [From, To) of the values that a point stands for.</summary>
    public (int From, int To) Range(int point) => (point * _size, Math.Min(_count, (point + 1) * _size));

    /// <summary>Least, mean and largest of the finite values of a point; NaN when none is.</summary>
    public (float Least, float Mean, float Largest) Of(IReadOnlyList<float> values, int point)
    {
        (int from, int to) = Range(point);
        float least = float.PositiveInfinity, largest = float.NegativeInfinity;
        double sum = 0;
        int finite = 0;
        for (int i = from; i < to; i++)
        {
            if (float.IsFinite(values[i]))
            {
                (least, largest) = (MathF.Min(least, values[i]), MathF.Max(largest, values[i]));
                sum += values[i];
                finite++;
            }
        }
        return finite == 0 ? (float.NaN, float.NaN, float.NaN) : (least, (float)(sum / finite), largest);
    }
}
