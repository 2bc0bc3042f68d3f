"""
DCGANs trained in several precisions, with the same seeds, each judged: whether losses and numbers of the lower precisions lie within the spread of the
first one's seeds. Part of on_gpu.py.
"""

import json
import os
import statistics

WINDOWS = 5  # that a run's losses are averaged over


def judged(runs, precision, seed):
    """Trains and judges, where that was not done; what evaluate wrote, and the mean of each loss in each window."""
    o, name = runs.options, f"{precision}-{seed}"
    file = os.path.join(runs.folder(name), "judged.json")
    if not os.path.exists(file):
        last = ["--log-every", o.steps, "--sample-every", o.steps, "--checkpoint-every", o.steps]
        runs.train(name, "--precision", precision, "--seed", seed, "--steps", o.steps, *last)
        runs.call(f"{name}-judged", "evaluate", "--run", runs.folder(name), "--data", o.data, "--device", o.device, "--json", file + ".part")
        os.rename(file + ".part", file)
    with open(file) as text:
        numbers = {n: (v["value"], v["better"]) for n, v in json.load(text)["numbers"].items()}
    with open(os.path.join(runs.folder(name), "metrics.jsonl")) as text:
        steps = [json.loads(line) for line in text]
    losses = {}
    for loss in ("loss_d", "loss_g"):
        for w in range(WINDOWS):
            part = steps[len(steps) * w // WINDOWS:len(steps) * (w + 1) // WINDOWS]
            losses[f"{loss}, steps {part[0]['step'] + 1:,} to {part[-1]['step'] + 1:,}"] = statistics.fmean(s[loss] for s in part)
    return numbers, losses, runs.timing(name)[-1]["images_per_second"]


def table(title, rows, precisions):
    """A row a number: each precision's mean and seeds, and whether the mean lies within the first precision's seeds, or by how much of their spread it does not."""
    print(f"\n| {title} | " + " | ".join(f"{p}, mean (seeds)" for p in precisions) + " | within |\n|" + " --- |" * (len(precisions) + 2))
    for name, values in rows.items():
        low, high = min(values[precisions[0]]), max(values[precisions[0]])
        spread, verdicts = (high - low) or 1e-12, []
        for p in precisions[1:]:
            mean = statistics.fmean(values[p])
            outside = max(low - mean, mean - high, 0)
            verdicts.append(f"{p} yes" if outside == 0 else f"{p} off by {outside / spread:.2f} of the spread")
        cells = (f"{statistics.fmean(values[p]):.4g} ({', '.join(f'{v:.4g}' for v in values[p])})" for p in precisions)
        print(f"| {name} | {' | '.join(cells)} | {'; '.join(verdicts)} |")


def precisions(runs):
    """Seed by seed, so that a run that is stopped leaves whole rows."""
    o = runs.options
    results = {p: [] for p in o.precisions}
    for seed in o.seeds:
        for p in o.precisions:
            results[p].append(judged(runs, p, seed))
            print(f"{p}, seed {seed}: {results[p][-1][2]:,.0f} images/s", flush=True)
    for title, part in ((f"losses, {o.steps:,} steps", 1), ("evaluate", 0)):
        names = results[o.precisions[0]][0][part]
        pick = (lambda v: v[0]) if part == 0 else (lambda v: v)
        table(title, {n: {p: [pick(r[part][n]) for r in results[p]] for p in o.precisions} for n in names}, o.precisions)
