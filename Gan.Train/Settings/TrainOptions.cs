namespace Gan.Train.Settings;

/// <summary>The table of training options. Adding one: a row here, a property in <see cref="TrainSettings"/>, a line in <see cref="SettingsJson"/>.</summary>
internal static class TrainOptions
{
    private const string EpochOrSteps = "STEPS|epoch";

    /// <summary>In the order of help and of config.json.</summary>
    public static IReadOnlyList<OptionSpec> All { get; } =
    [
        new("--model", "dcgan|mlp", "The networks to train; may be left out with --resume."),
        new("--data", "PATH|NAME", "A folder of images (class sub-folders allowed), a folder or file of MNIST IDX data (plain or .gz), synthetic-faces or synthetic-digits.")
            { DcganDefault = BuiltInData.Faces, MlpDefault = BuiltInData.Digits, Resume = ResumeRule.Free },
        new("--synthetic-count", "N", "Number of images of a built-in data set.") { DefaultNote = $"faces {BuiltInData.FacesCount}, digits {BuiltInData.DigitsCount}" },
        new("--device", "NAME", "auto, cpu, cuda, cuda:N or cuda-emulator.") { Default = "auto", Resume = ResumeRule.Free },
        new("--ngpu", "N", "0 means --device cpu, 1 means --device cuda.") { Resume = ResumeRule.Session },
        new("--precision", "NAME", "fp32, tf32 or bf16.") { DefaultNote = "tf32 on cuda and cuda-emulator, fp32 on the cpu", Resume = ResumeRule.Free },
        new("--epochs", "N", "Passes over the data, counted from the run's first step.") { DcganDefault = "5", MlpDefault = "120" },
        new("--steps", "N", "Steps from the run's first; alone it decides, with --epochs whichever ends first."),
        new("--batch-size", "N|auto", "Images a step; a last partial batch is trained on. auto: the largest of 16, 32 ... 1024 that fits the memory.") { DcganDefault = "128", MlpDefault = "60" },
        new("--lr", "RATE", "Adam's learning rate, both nets.") { DcganDefault = "2e-4", MlpDefault = "1e-3" },
        new("--lr-d", "RATE", "D's own rate instead of --lr (Heusel et al. 2017).") { DefaultNote = "--lr" },
        new("--lr-g", "RATE", "G's own rate instead of --lr.") { DefaultNote = "--lr" },
        new("--beta1", "X", "Adam's decay of the first moment, 0 to below 1.") { DcganDefault = "0.5", MlpDefault = "0.9" },
        new("--beta2", "X", "Adam's decay of the second moment, 0 to below 1.") { Default = "0.999" },
        new("--nz", "N", "Size of the latent vector.") { Default = "100" },
        new("--ngf", "N", "Feature maps of G's last hidden layer.") { DcganDefault = "64", OnlyFor = ModelKind.Dcgan },
        new("--ndf", "N", "Feature maps of D's first layer.") { DcganDefault = "64", OnlyFor = ModelKind.Dcgan },
        new("--hidden", "N", "Width of the hidden layers.") { MlpDefault = "128", OnlyFor = ModelKind.Mlp },
        new("--nc", "1|3", "Channels of the images: grey or colour.") { MlpDefault = "1", DefaultNote = "dcgan from the data, mlp 1" },
        new("--image-size", "PIXELS", "Height and width: dcgan 32, 64 or 128; mlp 28.") { DcganDefault = "64", MlpDefault = "28" },
        new("--d-steps", "K", "Updates of D before each update of G.") { Default = "1" },
        new("--g-loss", "NAME", "non-saturating (-log D(G(z))) or saturating (log(1-D(G(z)))).") { Default = "non-saturating" },
        new("--label-smoothing", "X", "D's target for real images is 1-X; 0 to below 0.5.") { Default = "0" },
        new("--d-loss", "NAME", "bce, hinge (Lim and Ye 2017) or least-squares (Mao et al. 2017); G's loss follows.") { Default = "bce" },
        new("--lr-decay", "X", "Both rates are multiplied by this after each epoch; above 0 to 1.") { Default = "1" },
        new("--ema", "DECAY", "Keep an average of G's weights, a = DECAY a + (1-DECAY) w a step; samples come from it. 0 is off.") { Default = "0" },
        new("--instance-noise", "STD", "Add noise of this deviation to D's inputs, fading to none (Sonderby et al. 2017). 0 is off.") { Default = "0" },
        new("--instance-noise-steps", "N", "Steps until that noise is gone.") { DefaultNote = "the run's steps" },
        new("--clip-grad", "NORM", "Scale each network's gradients down to this norm (Pascanu et al. 2013). 0 is off.") { Default = "0" },
        new("--spectral-norm", null, "Divide D's weights by their largest singular value (Miyato et al. 2018)."),
        new("--grad-norms", null, "Log the norms of both networks' gradients in metrics.jsonl."),
        new("--seed", "N", "Same seed, device, precision and instruction set: same bits.") { Default = "999" },
        new("--no-shuffle", null, "Take the images in path order, every epoch."),
        new("--netG", "FILE", "Start G from these weights (.safetensors, PyTorch names)."),
        new("--netD", "FILE", "Start D from these weights (.safetensors, PyTorch names)."),
        new("--latents", "FILE", "Take training noise row by row from 'latents' [rows, nz] of this .safetensors file."),
        new("--resume", "RUN", "Go on with the run in this folder exactly as if it had never stopped.") { Resume = ResumeRule.Session },
        new("--out", "FOLDER", "Where the run is written.") { DefaultNote = "runs/MODEL-TIME", Resume = ResumeRule.Session },
        new("--overwrite", null, "Replace the run that --out holds.") { Resume = ResumeRule.Session },
        new("--log-every", EpochOrSteps, "How often losses are printed.") { DcganDefault = "50", MlpDefault = "epoch", Resume = ResumeRule.Free },
        new("--sample-every", EpochOrSteps, "How often samples are written, besides each epoch's end.") { DcganDefault = "500", MlpDefault = "epoch", Resume = ResumeRule.Free },
        new("--checkpoint-every", EpochOrSteps, "How often a checkpoint is written.") { Default = "epoch", Resume = ResumeRule.Free },
        new("--keep", "N", "Checkpoints kept, newest first.") { Default = "3", Resume = ResumeRule.Free },
        new("--workers", "N", "Threads that decode images.") { DefaultNote = "all cores", Resume = ResumeRule.Free },
        new("--skip-bad-images", null, "Go on without images that cannot be read, listing each."),
        new("--cache", "FOLDER", "Keep decoded images here, so that the next start is fast.") { DefaultNote = "the user's cache folder, from 1,000 images on", Resume = ResumeRule.Session },
        new("--no-cache", null, "Decode all images, and keep none.") { Resume = ResumeRule.Session },
        new("--quiet", null, "Print no progress, only notes and errors.") { Resume = ResumeRule.Free },
        new("--tensorboard", null, "Also write TensorBoard event files: scalars at each log line, pictures at each sample.") { Resume = ResumeRule.Free },
        new("--dry-run", null, "Print every setting, the memory forecast and the networks, and do one step.") { Resume = ResumeRule.Session },
    ];

    public static OptionSpec Find(string name) => All.First(o => o.Name == name);
}

/// <summary>Names and sizes of the data sets that need no files.</summary>
internal static class BuiltInData
{
    public const string Faces = "synthetic-faces";
    public const string Digits = "synthetic-digits";
    public const int FacesCount = 4096;
    public const int DigitsCount = 10_000;

    public static bool Contains(string data) => data is Faces or Digits;
}
