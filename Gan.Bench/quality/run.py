"""
The quality table: ours and PyTorch's loop with the same settings, several seeds each, all judged by gan-train evaluate. What is finished is not done
again, so it can be stopped and started. Prints the table of docs/quality.md; fails where the mean of ours is worse than PyTorch's worst seed.

python3 run.py --out FOLDER [--parts mlp dcgan] [--seeds 1 2 3] [--table-only]
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "../..")
PARTS = {
    "mlp": {"data": "mnist", "ours": ["--epochs", "50"], "theirs": ["--epochs", "50"]},
    "dcgan": {"data": "sign-digits", "ours": "--ngf 32 --ndf 32 --batch-size 64 --steps 1320".split(),
              "theirs": "--ngf 32 --ndf 32 --batch-size 64 --steps 1320".split()},
}


def run(*command, log):
    began = time.time()
    with open(log, "w") as file:
        subprocess.run([str(c) for c in command], check=True, stdout=file, stderr=subprocess.STDOUT)
    print(f"{time.time() - began:6.0f} s  {' '.join(str(c) for c in command)}", flush=True)


def train_and_judge(o, part):
    settings, data = PARTS[part], os.path.join(o.data, PARTS[part]["data"])
    for seed in o.seeds:
        for who in ("ours", "torch"):
            place = os.path.join(o.out, f"{part}-{who}-{seed}")
            weights = os.path.join(place, "netG.safetensors")
            os.makedirs(place, exist_ok=True)
            if not os.path.exists(weights):
                if who == "ours":
                    folder = os.path.join(place, "run")
                    again = ["--resume", folder] if os.path.isdir(os.path.join(folder, "checkpoints")) else \
                        ["--model", part, "--data", data, "--seed", seed, "--out", folder, *settings["ours"]]
                    run(o.gan_train, *again, log=os.path.join(place, "log.txt"))
                    newest = open(os.path.join(folder, "checkpoints/latest")).read().strip()
                    os.link(os.path.join(folder, "checkpoints", newest, "netG.safetensors"), weights)
                else:
                    run(sys.executable, os.path.join(HERE, "torch_gan.py"), part, data, weights + ".part", "--seed", seed, *settings["theirs"],
                        log=os.path.join(place, "log.txt"))
                    os.rename(weights + ".part", weights)
            if not os.path.exists(os.path.join(place, "judged.json")):
                run(o.gan_train, "evaluate", "--run", weights, "--data", data, "--out", place, "--json", os.path.join(place, "judged.json"),
                    log=os.path.join(place, "judged.txt"))
            if not os.path.exists(os.path.join(place, "grid.png")):
                run(o.gan_train, "generate", "--netG", weights, "--count", "64", "--out", os.path.join(place, "images"), log=os.path.join(place, "images.txt"))
                os.link(os.path.join(place, "images/grid.png"), os.path.join(place, "grid.png"))


def badness(number, value):
    """Grows as a number gets worse."""
    better = number["better"]
    return value if better == "lower" else -value if better == "higher" else abs(value - number["real"])


def chance(ours, theirs):
    """How often a random split of all values into two such groups has means at least as far apart: a permutation test (Fisher 1935), every split."""
    both, distance = ours + theirs, abs(statistics.fmean(ours) - statistics.fmean(theirs))
    splits = [set(s) for s in itertools.combinations(range(len(both)), len(ours))]
    apart = (abs(statistics.fmean(both[i] for i in s) - statistics.fmean(both[i] for i in range(len(both)) if i not in s)) for s in splits)
    return sum(d >= distance - 1e-12 for d in apart) / len(splits)


def against_itself(numbers, values):
    """Of all ways to halve PyTorch's seeds, how many pass the table's test against the other half in every number: what chance alone does."""
    count = len(next(iter(values.values())))
    halves = list(itertools.combinations(range(count), count // 2))
    fine = sum(all(statistics.fmean(badness(numbers[n], v[i]) for i in half) <= max(badness(numbers[n], v[i]) for i in range(count) if i not in half)
                   for n, v in values.items()) for half in halves)
    return f"{fine} of {len(halves)}"


def table(o, part):
    judged = {who: [json.load(open(os.path.join(o.out, f"{part}-{who}-{seed}", "judged.json"))) for seed in o.seeds] for who in ("ours", "torch")}
    first, good = judged["ours"][0], True
    accuracy = first["classifier"]["held_out_accuracy"]
    print(f"\n{part}: {first['count']} images a side, seeds {', '.join(map(str, o.seeds))}; the classifier names {accuracy:.1%} of the held-out images rightly\n")
    print("| number | better | real | ours, mean | ours, each seed | PyTorch, mean | PyTorch, each seed | ours no worse than PyTorch's worst | p |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    theirs = {}
    for name, number in first["numbers"].items():
        values = {who: [j["numbers"][name]["value"] for j in judged[who]] for who in judged}
        means = {who: sum(v) / len(v) for who, v in values.items()}
        fine = badness(number, means["ours"]) <= max(badness(number, v) for v in values["torch"])
        good &= fine
        each = {who: ", ".join(f"{v:.4g}" for v in values[who]) for who in values}
        print(f"| {name} | {number['better'].split(' (')[0]} | {number['real']:.4g} | {means['ours']:.4g} | {each['ours']} | {means['torch']:.4g} | {each['torch']} | "
              f"{'yes' if fine else 'no'} | {chance(values['ours'], values['torch']):.2f} |")
        theirs[name] = values["torch"]
    if len(o.seeds) >= 4 and len(o.seeds) % 2 == 0:
        print(f"\nPyTorch's seeds in two halves, one against the other: no worse in every number in {against_itself(first['numbers'], theirs)} ways")
    return good


def montage(o, part):
    """Grids of all seeds, ours above, PyTorch's below."""
    kind = "png" if part == "mlp" else "jpg"  # photographs are ten times as large as PNG
    from PIL import Image
    rows = [[Image.open(os.path.join(o.out, f"{part}-{who}-{seed}", "grid.png")) for seed in o.seeds[:3]] for who in ("ours", "torch")]
    width, height = rows[0][0].size
    sheet = Image.new(rows[0][0].mode, (len(rows[0]) * (width + 12) - 12, 2 * height + 12), "white")
    for y, row in enumerate(rows):
        for x, grid in enumerate(row):
            sheet.paste(grid, (x * (width + 12), y * (height + 12)))
    sheet.convert("RGB").save(os.path.join(o.pictures, f"quality-{part}.{kind}"), optimize=True, quality=82)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True)
    parser.add_argument("--parts", nargs="*", default=list(PARTS), choices=list(PARTS))
    parser.add_argument("--seeds", nargs="*", type=int, default=[1, 2, 3])
    parser.add_argument("--data", default=os.path.join(ROOT, "../shared/data"), help="folder that holds mnist and sign-digits")
    parser.add_argument("--gan-train", default=os.path.join(ROOT, "Gan.Train/bin/Release/net10.0/gan-train"))
    parser.add_argument("--table-only", action="store_true")
    parser.add_argument("--pictures", help="folder for quality-PART.png or .jpg: the grids of the first three seeds, ours above PyTorch's")
    o = parser.parse_args()
    for part in o.parts:
        if not o.table_only:
            train_and_judge(o, part)
        if o.pictures:
            montage(o, part)
    sys.exit(0 if all([table(o, part) for part in o.parts]) else 1)


if __name__ == "__main__":
    main()
