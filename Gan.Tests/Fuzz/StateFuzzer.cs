using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json;
using Gan.Core.Serialization;
using Gan.Tests.Ops;
using Gan.Train.Data;
using Gan.Train.Models;
using Gan.Train.Runs;
using Gan.Train.Settings;
using Gan.Train.Training;

namespace Gan.Tests.Fuzz;

/// <summary>
/// Feeds changed state to what reads a run: safetensors files, a checkpoint's three files into a trainer, manifest.json, config.json, lines of metrics.jsonl.
/// Input number i of a seed is always the same bytes. Each is taken, or refused by the documented exception, within bounds on time and memory.
/// </summary>
internal sealed class StateFuzzer : IDisposable
{
    private static readonly TimeSpan TimeBound = TimeSpan.FromSeconds(2);
    private readonly Gan.Kernels.Device _device = TestDevice.Open();
    private readonly ImageDataset _data;
    private readonly ImageStore _images;
    private readonly GanTrainer _trainer;
    private readonly byte[][] _nets;
    private readonly byte[] _config, _manifest, _line;

    public unsafe StateFuzzer()
    {
        TrainSettings settings = TrainSettingsResolver.Resolve(new Dictionary<string, string>
        {
            ["--model"] = "mlp", ["--hidden"] = "2", ["--nz"] = "3", ["--synthetic-count"] = "4", ["--batch-size"] = "4", ["--ema"] = "0.5", ["--spectral-norm"] = "",
        });
        _data = DataSource.Open(settings, static _ => { });
        _images = new ImageStore(_device, _data.Pointer, _data.Count, _data.ImageBytes);
        _trainer = new GanTrainer(_device, GanOptions.From(settings), _images, null);
        _nets = [.. TrainerState.Capture(_trainer).OrderBy(static f => f.Key, StringComparer.Ordinal).Select(static f => Bytes(f.Value))];
        _config = new RunConfig(settings, "a device", "some data", 4, "ab12").ToJson();
        _manifest = new Manifest(7, [new ManifestEntry("netG.safetensors", 120, new string('a', 64)), new ManifestEntry("state.json", 9, new string('b', 64))]).ToJson();
        var line = new byte[MetricsLine.MaxBytes];
        _line = line[..(new MetricsLine(12, 1, 1.5f, float.NaN, 0.25f, 1e-30f, float.NegativeInfinity, 3, 4).Format(line) - 1)];
    }

    /// <summary>Inputs that were taken, and that were refused.</summary>
    public long Taken { get; private set; }

    public long Refused { get; private set; }

    /// <summary>Runs input i; throws where it breaks a rule.</summary>
    public void Run(int seed, long i)
    {
        // The machine may have been busy: only a second slow run counts.
        if (Once(seed, i) > TimeBound && Once(seed, i) is var again && again > TimeBound)
        {
            throw new InvalidOperationException($"input {i} of seed {seed}: took {again.TotalSeconds:F1} s");
        }
    }

    private TimeSpan Once(int seed, long i)
    {
        var random = new Random(unchecked((int)(seed * 1_000_003L + i * 7919)));
        int kind = random.Next(8);
        long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
        byte[] input = [];
        try
        {
            switch (kind)
            {
                case 0 or 1 or 2 or 3:
                    int which = random.Next(_nets.Length);
                    input = Change(_nets[which], random);
                    Restore(which, input);
                    break;
                case 4:
                    input = Json(_manifest, random);
                    Manifest.Parse(input);
                    break;
                case 5 or 6:
                    input = Json(_config, random);
                    RunConfig.Parse(input);
                    break;
                default:
                    input = Json(_line, random);
                    MetricsLine.Parse(input);
                    break;
            }
            Taken++;
        }
        catch (Exception e) when (IsDocumented(kind, e))
        {
            Refused++;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"input {i} of seed {seed}, kind {kind}: {e.GetType().Name}: {e.Message}\n{Convert.ToBase64String(input)}", e);
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > (8 << 20) + 64L * input.Length)
        {
            throw new InvalidOperationException($"input {i} of seed {seed}: {allocated} bytes allocated for {input.Length}");
        }
        return Stopwatch.GetElapsedTime(start);
    }

    public void Dispose()
    {
        _trainer.Dispose();
        _images.Dispose();
        _data.Dispose();
        _device.Dispose();
    }

    private static bool IsDocumented(int kind, Exception e) => kind switch
    {
        < 4 => e is SafetensorsException,
        4 or 5 or 6 => e is JsonException or FormatException or InvalidOperationException or OverflowException or UsageException or ArgumentException, // what Verify and Read turn into one
        _ => e is FormatException,
    };

    /// <summary>netD, netG, netG_ema or optimizer in the place of its like.</summary>
    private void Restore(int which, byte[] changed)
    {
        SafetensorsFile[] files = [.. _nets.Select((bytes, i) => Safetensors.Parse(i == which ? changed : bytes, "fuzz"))];
        TrainerState.Restore(_trainer, files[1], files[0], files[3], files[2]);
    }

    private static byte[] Json(byte[] json, Random random) => random.Next(3) == 0 ? ByteMutator.Mutate(json, json, random) : JsonMutator.Mutate(json, random);

    private static byte[] Change(byte[] file, Random random)
    {
        if (random.Next(3) == 0)
        {
            return ByteMutator.Mutate(file, file, random);
        }
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        byte[] header = JsonMutator.Mutate(file[8..(8 + length)], random);
        var changed = new byte[8 + header.Length + file.Length - 8 - length];
        BinaryPrimitives.WriteInt64LittleEndian(changed, random.Next(20) == 0 ? (long)ByteMutator.Extreme(random) << random.Next(33) : header.Length);
        header.CopyTo(changed, 8);
        file.AsSpan(8 + length).CopyTo(changed.AsSpan(8 + header.Length));
        return changed;
    }

    private static byte[] Bytes(List<HostTensor> tensors)
    {
        using var stream = new MemoryStream();
        Safetensors.Write(stream, tensors);
        return stream.ToArray();
    }
}
