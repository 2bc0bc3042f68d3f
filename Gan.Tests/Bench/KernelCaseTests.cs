using Gan.Bench.Cases;
using Gan.Bench.Roofline;
using Gan.Bench.Suites;
using Gan.Kernels;
using Gan.Kernels.Cpu;
using Gan.Train.Settings;
using Xunit;

namespace Gan.Tests.Bench;

public class KernelCaseTests
{
    /// <summary>As docs/performance.md counts: 2.27 GFLOP an image.</summary>
    [Theory]
    [InlineData(1), InlineData(64)]
    public void A_dcgan_step_needs_2_27_GFLOP_an_image(int batch) =>
        Assert.Equal(2.27, StepOperations.Of(ModelKind.Dcgan, batch) / 1e9 / batch, 0.0227);

    /// <summary>By hand, with d = 784*128 + 128 and g = 100*128 + 128*784 multiply-adds an image, and first layers 784*128 and 100*128.</summary>
    [Fact]
    public void An_mlp_step_counts_two_generator_passes()
    {
        long d = 784 * 128 + 128, g = 100 * 128 + 128 * 784;
        long multiplyAdds = 3 * d + 2 * g + 2 * d + g + 2 * 128 + d + 128 * 784;
        Assert.Equal(2 * multiplyAdds * 60, StepOperations.Of(ModelKind.Mlp, 60));
    }

    [Fact]
    public void The_roofline_has_every_row_of_the_contract()
    {
        Dictionary<string, int> rows = KernelCases.Roofline(64, 60, 16 << 20, 512, 1024, 2048).CountBy(static c => c.Name).ToDictionary();
        Dictionary<string, int> wanted = new()
        {
            ["matmul"] = 3, ["linear_forward"] = 4, ["linear_data_gradient"] = 4, ["linear_weight_gradient"] = 4,
            ["conv_forward"] = 5, ["conv_data_gradient"] = 5, ["conv_weight_gradient"] = 5,
            ["convt_forward"] = 5, ["convt_data_gradient"] = 5, ["convt_weight_gradient"] = 5,
            ["batchnorm_forward"] = 1, ["batchnorm_backward"] = 1, ["leaky_relu"] = 1, ["leaky_relu_backward"] = 1, ["tanh"] = 1, ["adam"] = 1, ["gather_normalize"] = 1,
        };
        Assert.Equal(wanted.OrderBy(static r => r.Key), rows.OrderBy(static r => r.Key));
    }

    [Fact]
    public void Memory_bound_rows_work_on_64_MiB_and_more()
    {
        const long Tensor = 64 << 20;
        foreach (KernelCase c in KernelCases.Roofline(64, 60, KernelCases.LargeElements).Where(static c => c.Operations == 0))
        {
            Assert.True(c.Bytes >= (c.Name == "gather_normalize" ? Tensor * 5 / 4 : 2 * Tensor), $"{c.Title}: {c.Bytes} bytes");
        }
    }

    /// <summary>PyTorch's netG and netD have 3,576,704 and 2,765,568 parameters.</summary>
    [Fact]
    public void Adam_runs_over_the_parameters_of_the_networks() =>
        Assert.Equal((3_576_704, 2_765_568), (Layers.GeneratorParameters, Layers.DiscriminatorParameters));

    [Fact]
    public void Titles_are_unique_within_a_family_and_agree_across()
    {
        foreach ((string family, IReadOnlyList<KernelCase> cases) in KernelCases.Families)
        {
            Assert.True(cases.Count > 0 && cases.DistinctBy(static c => c.Title).Count() == cases.Count, family);
        }
        Assert.All(KernelCases.Families.Values.SelectMany(static f => f), static c => Assert.Equal((c.Operations, c.Bytes), (KernelCases.Find(c.Title).Operations, KernelCases.Find(c.Title).Bytes)));
    }

    [Fact]
    public void Every_case_runs_and_leaves_no_buffer_behind()
    {
        using var device = new CpuDevice(2);
        foreach (KernelCase c in KernelCases.MakeFamilies(1, 3, 1 << 16).Where(static f => f.Key != "matmul").SelectMany(static f => f.Value)
            .Concat(GemmCases.Cubes(33)).Where(static c => c.Operations < 30_000_000))
        {
            using (var workspace = new Workspace(device))
            {
                Action<IKernels> call = c.Prepare(workspace);
                call(device.Kernels);
                call(device.Kernels);
            }
            Assert.True(device.Memory.LiveBuffers == 0, c.Title);
        }
    }

    [Fact]
    public void Rates_say_what_they_count()
    {
        Assert.Equal("2.0 GFLOP/s", RateColumn.Rate(new("matmul", "", 4000, 10, static _ => static _ => { }), 2000));
        Assert.Equal("0.5 GB/s", RateColumn.Rate(new("tanh", "", 0, 1000, static _ => static _ => { }), 2000));
    }
}
