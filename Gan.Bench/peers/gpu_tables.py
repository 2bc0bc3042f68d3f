"""The tables of compare_gpu.py from its results, and what the targets say to them. Needs neither PyTorch nor a GPU."""

import statistics

PRECISIONS = ("tf32", "bf16", "fp32")
# PyTorch's time over ours
STEP_TARGETS = {("dcgan", "tf32"): 1.5, ("dcgan", "bf16"): 1.3, ("dcgan", "fp32"): 1.3}
MLP_TARGETS = {"eager": 10.0, "compile_graphs": 2.0}
MEAN_TARGET, WIDE_TARGET, NARROW_TARGET = 1.0, 0.9, 1.0
WIDE, NARROW = ("D2", "D3", "D4", "G2", "G3", "G4"), ("D1", "G5")
COPY_TARGET = 80.0


class Targets:
    """One line a target, and all of them for the JSON."""

    def __init__(self):
        self.all = []

    def check(self, what, value, target, unit="x"):
        entry = {"what": what, "value": value, "target": target, "unit": unit, "met": None if value is None else value >= target}
        self.all.append(entry)
        if value is None:
            return f"  no data  {what}: target {target:g}{unit}"
        result = f"{what}: {value:.3g}{unit}, target {target:g}{unit}"
        return f"  met      {result}" if entry["met"] else f"  MISSED   {result}, by {100 * (1 - value / target):.1f} %"


def table(title, rows):
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    yield ""
    yield title
    for row in rows:
        yield "  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths))).rstrip()


def number(value, digits=2):
    return "-" if value is None else f"{value:.{digits}f}"


def our_steps(results, model, batch, precision):
    """(way, ms) of each of our rooflines in that precision, the fastest first."""
    found = [(run["way"], step["ms"]) for run in results["rooflines"] if run["precision"] == precision and "table" in run
             for step in run["table"]["steps"] if (step["model"], step["batch"]) == (model, batch)]
    return sorted(found, key=lambda f: f[1])


def steps(results, targets):
    theirs = results["steps"]
    for model, batch in dict.fromkeys((r["row"].split(":")[0], int(r["row"].split(":")[1])) for r in theirs):
        rows, notes, checks = [["", "ms", "images/s", "over ours", "allocated MiB", "reserved MiB"]], [], []
        for precision in PRECISIONS:
            ours = our_steps(results, model, batch, precision)
            best = ours[0][1] if ours else None
            rows += [[f"{precision} Gan, {way}", f"{ms:.3f}", f"{batch / ms * 1e3:.0f}", number(ms / best), "", ""] for way, ms in ours]
            here = [r for r in theirs if r["row"].startswith(f"{model}:{batch}:{precision}:")]
            done = {r["variant"]: r for r in here if "ms" in r}
            for r in done.values():
                rows.append([f"{precision} PyTorch {r['variant']}", f"{r['ms']:.3f}", f"{batch / r['ms'] * 1e3:.0f}", number(r["ms"] / best if best else None),
                             number(r.get("allocated_mib"), 0), number(r.get("reserved_mib"), 0)])
            notes += [f"  {r['row']}: {r['failed']}" for r in here if "failed" in r]
            ratio = {name: r["ms"] / best for name, r in done.items()} if best else {}
            if (target := STEP_TARGETS.get((model, precision))) is not None:
                name = min(ratio, key=ratio.get, default=None)
                checks.append(targets.check(f"{model} {batch} {precision} against PyTorch's fastest{f' ({name})' if name else ''}", ratio.get(name), target))
            if model == "mlp" and precision == "tf32":
                checks += [targets.check(f"mlp {batch} tf32 against PyTorch's {name}", ratio.get(name), target) for name, target in MLP_TARGETS.items()]
        yield from table(f"Whole steps, {model} at {batch}", rows)
        yield from (["not measured:", *notes] if notes else [])
        yield from checks


def layers(results, targets):
    theirs = {(r["precision"], r["name"], r["shape"]): r["ms"] for r in results["layers"] if "ms" in r}
    ratios, runs = {}, {}
    for run in results["rooflines"]:
        if "table" in run:
            runs.setdefault(run["precision"], []).append(run)
            ours = {(row["name"], row["shape"]): row["ms"] for row in run["table"]["kernels"]}
            ratios[run["precision"], run["way"]] = {key: theirs[run["precision"], *key] / ms for key, ms in ours.items() if (run["precision"], *key) in theirs}
    # of several ways the one whose largest dcgan step is fastest, for a whole column: not the best of each row
    chosen = {p: min(rs, key=lambda r: max(((s["batch"], s["ms"]) for s in r["table"]["steps"] if s["model"] == "dcgan"), default=(0, 0)))["way"] for p, rs in runs.items()}
    columns = [p for p in PRECISIONS if p in chosen and ratios[p, chosen[p]]]
    keys = list(dict.fromkeys(key for p in columns for key in ratios[p, chosen[p]]))
    if keys:
        rows = [["kernel", *(f"{p} {what}" for p in columns for what in ("Gan ms", "cuDNN ms", "ratio"))]]
        for key in keys:
            cells = []
            for p in columns:
                ratio, ms = ratios[p, chosen[p]].get(key), theirs.get((p, *key))
                cells += [number(ms / ratio if ratio else None, 4), number(ms, 4), number(ratio)]
            rows.append([" ".join(key), *cells])
        yield from table(f"Layers, ours ({', '.join(f'{p} {chosen[p]}' for p in columns)}) against cuDNN; ratio: its time over ours", rows)
    else:
        yield from ("", "Layers: nothing to compare")
    yield from (f"  not measured: {r.get('row', '')}: {r['failed']}" for r in results["layers"] if "failed" in r)
    loops = sum(r.get("timed") == "loop" for r in results["layers"])
    yield from ([f"  {loops} of cuDNN's kernels could not be captured: a loop of ten calls instead of a graph"] if loops else [])
    for p in PRECISIONS:
        for way in [chosen[p], *(r["way"] for r in runs[p] if r["way"] != chosen[p])] if p in chosen else []:
            found = ratios[p, way]
            if found:
                yield f"  {p} {way}: geometric mean {statistics.geometric_mean(found.values()):.3f} over {len(found)} kernels"
        found = ratios.get((p, chosen.get(p)), {})
        yield targets.check(f"{p} layers, geometric mean", statistics.geometric_mean(found.values()) if found else None, MEAN_TARGET)
        wide = {key: ratio for key, ratio in found.items() if key[1].split()[0] in WIDE}
        least = min(wide, key=wide.get, default=None)
        yield targets.check(f"{p} wide layers, the least{f' ({least[0]} {least[1].split()[0]})' if least else ''}", wide.get(least), WIDE_TARGET)
        for layer in NARROW:
            value = next((ratio for (name, shape), ratio in found.items() if name.endswith("weight_gradient") and shape.split()[0] == layer), None)
            yield targets.check(f"{p} 3-channel weight gradient, {layer}", value, NARROW_TARGET)


def memory_bound(results, targets):
    """What only moves memory, in percent of the copy: the median over our rooflines, which all run the same kernels."""
    percents = {}
    for run in results["rooflines"]:
        for row in run.get("table", {}).get("kernels", []):
            if row["gflops"] == 0:
                percents.setdefault((row["name"], row["shape"]), []).append(row["percent"])
    if not percents:
        yield from ("", "Memory-bound kernels: no roofline")
        return
    rows = [["kernel", "% of copy", "least", "most"]]
    rows += [[" ".join(key), *(f"{f(p):.1f}" for f in (statistics.median, min, max))] for key, p in percents.items()]
    copies = [run["table"]["copy_gbps"] for run in results["rooflines"] if "table" in run]
    yield from table(f"Memory-bound kernels, over {len(copies)} rooflines, copy {min(copies):.0f} to {max(copies):.0f} GB/s", rows)
    for (name, _), p in percents.items():
        yield targets.check(f"{name} of the copy", statistics.median(p), COPY_TARGET, " %")


def device_memory(results):
    ours = results["memory"]
    yield ""
    yield "Device memory, MiB, images included; ours is what the first step left reserved, PyTorch's the peak of steady steps"
    if "reserved_mib" not in ours:
        yield f"  Gan: not measured: {ours.get('failed', '')}"
        return
    yield f"  Gan {ours['model']} {ours['batch']}: {ours['reserved_mib']:.0f} (forecast {ours['forecast_mib']:.0f})"
    for r in results["steps"]:
        if (r.get("model"), r.get("batch")) == (ours["model"], ours["batch"]) and "reserved_mib" in r:
            yield (f"  PyTorch {r['precision']} {r['variant']}: {r['allocated_mib']:.0f} allocated, {r['reserved_mib']:.0f} reserved, "
                   f"{r['reserved_mib'] / ours['reserved_mib']:.2f} times ours")


def report(results):
    """(lines, targets)."""
    targets = Targets()
    lines = [f"Gan against PyTorch on {results['device']}, {results['date']}: {results['seconds']:.0f} s"]
    lines += [f"  {run['way']}, {run['precision']}: {run.get('description') or 'not measured: ' + run['failed']}" for run in results["rooflines"]]
    lines += sorted({f"  {r['library']}" for r in results["steps"] + results["layers"] if "library" in r})
    for part in (steps(results, targets), layers(results, targets), memory_bound(results, targets), device_memory(results)):
        lines += part
    met, missed = (sum(t["met"] is how for t in targets.all) for how in (True, False))
    lines += ["", f"Targets: {met} met, {missed} missed, {len(targets.all) - met - missed} without data"]
    return lines, targets.all
