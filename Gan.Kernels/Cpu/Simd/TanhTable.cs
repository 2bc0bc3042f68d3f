using System.Runtime.InteropServices;

namespace Gan.Kernels.Cpu;

/// <summary>
/// tanh on [0, 9.14] in 16 segments: c0 + t (c1 + t (c2 + ... t c6)), t = |x| - centre. With v = 1 + 1.640625 |x|, a segment is a quarter of an octave of v,
/// so its number is the low two bits of v's exponent and the top two of its fraction: narrow segments near 0, wide ones where tanh flattens. Each centre is a float
/// near the middle of which tanh is almost a float itself, so c0 costs no rounding; t is exact. The other coefficients interpolate tanh at
/// Chebyshev nodes, computed with 60 digits and rounded; before rounding errors the polynomials are within 0.07 ulp. The first segment has centre 0, c0 = 0 and
/// c1 = 1, so tiny and denormal x come back as they are.
/// </summary>
internal static unsafe class TanhTable
{
    /// <summary>Length of a row: one entry a segment.</summary>
    public const int Segments = 16;

    /// <summary>What |x| is multiplied with before 1 is added.</summary>
    public const float Scale = 1.640625f;

    /// <summary>Where |x| is cut off: tanh rounds to 1 there, and 1 + Scale |x| stays below 16.</summary>
    public const float Limit = 9.1f;

    private static readonly float[] s_rows =
    [
        // centre
        0.75843817f, 1.06638479f, 1.36868501f, 1.68310761f, 2.11297846f, 2.75822449f, 3.37565422f, 3.97332025f,
        4.90555191f, 6.12053919f, 7.34481049f, 8.66434002f, 0f, 0.229258373f, 0.383516282f, 0.537601948f,
        // c0
        0.64015609f, 0.788095295f, 0.87839216f, 0.933263659f, 0.971198142f, 0.991991997f, 0.997664034f, 0.999292552f,
        0.999890327f, 0.999990344f, 0.999999166f, 0.99999994f, 0f, 0.225324497f, 0.365757257f, 0.491170585f,
        // c1
        0.590200186f, 0.378905803f, 0.228427216f, 0.129018947f, 0.0567741618f, 0.0159518812f, 0.00466647558f, 0.00141439505f,
        0.000219337642f, 1.93122196e-05f, 1.66896371e-06f, 1.19211236e-07f, 1f, 0.949228883f, 0.866221607f, 0.758751452f,
        // c2
        -0.377820194f, -0.298613876f, -0.20064868f, -0.120408677f, -0.0551390238f, -0.0158241503f, -0.00465558562f, -0.00141339574f,
        -0.00021932357f, -1.93127362e-05f, -1.66907728e-06f, -1.19237114e-07f, -8.33407388e-09f, -0.213884518f, -0.31682685f, -0.372676402f,
        // c3
        0.0451242998f, 0.109034441f, 0.10010726f, 0.0693674609f, 0.0346276239f, 0.0103796339f, 0.00308897858f, 0.000940846046f,
        0.000145954778f, 1.2854608e-05f, 1.11096949e-06f, 7.94140789e-08f, -0.333330601f, -0.268215835f, -0.172859088f, -0.0698700249f,
        // c4
        0.0970424861f, 0.0136101916f, -0.0210476294f, -0.0246038623f, -0.0152468849f, -0.00502138911f, -0.00152942259f, -0.000469008839f,
        -7.28073937e-05f, -6.41735869e-06f, -5.54111807e-07f, -3.92796089e-08f, -0.000143993821f, 0.13172923f, 0.168834195f, 0.158546925f,
        // c5
        -0.0633333102f, -0.0386709869f, -0.00996881071f, 0.00262063486f, 0.00448478293f, 0.00189081382f, 0.000607252005f, 0.000188974183f,
        3.0758496e-05f, 2.71365366e-06f, 2.34401867e-07f, 1.64090714e-08f, 0.13599284f, 0.0806445405f, 0.0152398143f, -0.0374636725f,
        // c6
        0.00033264485f, 0.019111136f, 0.0111064352f, 0.00313636521f, -0.000542656111f, -0.000549083052f, -0.000201213523f, -6.32021547e-05f,
        -1.06253319e-05f, -9.32284934e-07f, -8.17687891e-08f, -6.83002366e-09f, -0.0201416146f, -0.0665018633f, -0.0688777566f, -0.0432563238f,
    ];

    /// <summary>Eight rows of 16 floats, centre and c0 to c6, each on a 64-byte boundary; never freed.</summary>
    public static readonly float* Rows = Aligned();

    private static float* Aligned()
    {
        float* rows = (float*)NativeMemory.AlignedAlloc((nuint)s_rows.Length * sizeof(float), 64);
        s_rows.CopyTo(new Span<float>(rows, s_rows.Length));
        return rows;
    }
}
