namespace Gan.Train.Settings;

/// <summary>The table of <c>generate</c>'s options.</summary>
internal static class GenerateOptions
{
    public static IReadOnlyList<OptionSpec> All { get; } =
    [
        new("--netG", "FILE|RUN", "A generator's weights (.safetensors) or a run folder, whose newest checkpoint is taken."),
        new("--count", "N", "Number of images.") { DefaultNote = "64, or the rows of --latents" },
        new("--out", "FOLDER", "Where numbered PNGs and grid.png are written; may be left out with --raw."),
        new("--seed", "N", "Seed of the noise.") { Default = "999" },
        new("--latents", "FILE", "Take the noise from 'latents' [rows, nz] of this .safetensors file."),
        new("--raw", "FILE", "Write 'output' [count, C, H, W] ([count, 784] for mlp) as float32 to this .safetensors file."),
        new("--batch-stats", null, "BatchNorm uses the statistics of this batch (the whole count) instead of the running ones."),
        new("--interpolate", "N", "Write interpolation.gif and interpolation.png: N pictures from each latent to the next, 1 to 256."),
        new("--interpolation", "NAME", "The way of --interpolate: spherical (keeps the latents' length) or linear.") { Default = "spherical" },
        new("--arithmetic", "SETS", "Write arithmetic.png and arithmetic_neighbours.png: sums and differences of mean latents; sets of image numbers such as \"0,3,5 - 2,9 + 1,4\"."),
        new("--device", "NAME", "auto, cpu, cuda, cuda:N or cuda-emulator.") { Default = "auto" },
        new("--precision", "NAME", "fp32, tf32 or bf16.") { DefaultNote = "tf32 on cuda and cuda-emulator, fp32 on the cpu" },
    ];
}
