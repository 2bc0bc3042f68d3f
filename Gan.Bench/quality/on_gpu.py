#!/usr/bin/env python3
"""
What takes minutes on a GPU, behind gpu-check.sh: seconds to the first step with the driver's cache empty and full, a loader that never starves the
device (photographs repeated to 200,000), and DCGANs of 5,000 steps in every precision, three seeds each, judged by gan-train evaluate. Prints the tables of
docs/performance.md. Needs gan-train and a folder of photographs with class sub-folders; nothing but Python itself. What --seconds leaves no time for is
named; what is finished in --out is not done again.

python3 on_gpu.py --data FOLDER [--out FOLDER] [--parts start loader precisions] [--seconds 560] [--device cuda] [more options for gan-train]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

from precisions import precisions

HERE = os.path.dirname(os.path.abspath(__file__))
BUNDLED = os.path.join(HERE, "../bin/gan-train")
BUILT = os.path.join(HERE, "../../Gan.Train/bin/Release/net10.0/gan-train")


class OutOfTime(Exception):
    """The seconds for all parts are over."""


class Runs:
    """Runs gan-train within the seconds that are left, with its output in a file."""

    def __init__(self, options, more):
        self.options, self.more, self.end = options, more, time.monotonic() + options.seconds

    def folder(self, name):
        return os.path.join(self.options.out, name)

    def call(self, name, *arguments, environment=None, watch=None):
        """Runs to its end; seconds until the file watch had a line, or until the end. Raises OutOfTime, or SystemExit when gan-train fails."""
        left, begin, first = self.end - time.monotonic(), time.monotonic(), None
        if left < 1:
            raise OutOfTime(name)
        if watch and os.path.exists(watch):
            os.remove(watch)
        with open(self.folder(name) + ".txt", "w") as log:
            process = subprocess.Popen([self.options.gan_train, *map(str, arguments)], stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})})
            try:
                while process.poll() is None:
                    if watch and first is None and os.path.exists(watch) and os.path.getsize(watch) > 0:
                        first = time.monotonic() - begin
                    if time.monotonic() > self.end:
                        raise OutOfTime(name)
                    time.sleep(0.005)
            finally:
                process.kill()
                process.wait()
        if process.returncode != 0:
            raise SystemExit(f"{name}: gan-train ended with {process.returncode}, see {self.folder(name)}.txt")
        return first if first is not None else time.monotonic() - begin

    def train(self, name, *arguments, environment=None, data=None):
        """A run from its start into a folder of that name; seconds until its first line of timing.jsonl."""
        o = self.options
        return self.call(name, "--model", "dcgan", "--data", data or o.data, "--device", o.device, "--cache", self.folder("decoded"), "--overwrite", "--quiet",
                         "--out", self.folder(name), *arguments, *self.more, environment=environment, watch=os.path.join(self.folder(name), "timing.jsonl"))

    def timing(self, name):
        with open(os.path.join(self.folder(name), "timing.jsonl")) as file:
            return [json.loads(line) for line in file]


def start(runs):
    """Seconds from the program's start until its first step is done, the device's work waited for."""
    once = ["--steps", 1, "--log-every", 1]
    runs.train("start", *once)  # decodes the photographs, which are then kept
    cold = runs.train("start", *once, environment={"CUDA_CACHE_PATH": runs.folder(f"driver-{os.getpid()}")})
    warm = [runs.train("start", *once, environment={"CUDA_CACHE_PATH": runs.folder(f"driver-{os.getpid()}")}) for _ in range(3)]
    print(f"\nfirst step of a dcgan: {cold:.2f} s with the driver's cache empty (at most 5), {statistics.median(warm):.2f} s with it full (at most 1; "
          f"{', '.join(f'{s:.2f}' for s in warm)})")


def photographs(folder):
    for place, _, names in sorted(os.walk(folder)):
        yield from (os.path.join(place, name) for name in sorted(names) if name.lower().endswith((".jpg", ".jpeg", ".png")))


def repeated(source, folder, count):
    """Links to the photographs of source, over and over, 10,000 a sub-folder."""
    files = list(photographs(source))
    if not files:
        raise SystemExit(f"{source} holds no photographs.")
    for i in range(count):
        place = os.path.join(folder, f"{i // 10000:03}")
        if i % 10000 == 0:
            os.makedirs(place, exist_ok=True)
        link = os.path.join(place, f"{i:06}{os.path.splitext(files[i % len(files)])[1]}")
        if not os.path.lexists(link):
            os.symlink(os.path.abspath(files[i % len(files)]), link)


def loader(runs):
    """Images a second with few images, which lie on the device, and with many: all on the device, and sent a step at a time."""
    o, many = runs.options, runs.folder("many")
    repeated(o.data, many, o.images)
    few_steps = ["--steps", o.loader_steps, "--log-every", max(1, o.loader_steps // 8), "--sample-every", o.loader_steps, "--checkpoint-every", o.loader_steps]
    print(f"\nimages a second of a dcgan, medians of intervals\n\n| images | where | seconds until the first interval was done | images a second | of the first row |\n| --- | --- | --- | --- | --- |")
    base = None
    for name, data, environment, where in (("few", o.data, {}, "the device"), ("many-there", many, {}, "the device"),
                                           ("many-sent", many, {"GAN_STREAM_IMAGES": "1"}, "sent a step at a time")):
        seconds = runs.train(name, *few_steps, data=data, environment=environment)
        rate = statistics.median(line["images_per_second"] for line in runs.timing(name)[1:-1])
        base = base or rate
        print(f"| {'those of the folder' if data == o.data else f'{o.images:,}'} | {where} | {seconds:.1f} | {rate:,.0f} | {rate / base:.2f} |", flush=True)


def main():
    parts = {"start": start, "loader": loader, "precisions": precisions}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="photographs with class sub-folders")
    parser.add_argument("--out", default="on-gpu")
    parser.add_argument("--parts", nargs="*", default=list(parts), choices=list(parts))
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=560, help="for all parts together")
    parser.add_argument("--steps", type=int, default=5000, help="of each run of the precisions")
    parser.add_argument("--seeds", nargs="*", type=int, default=[1, 2, 3])
    parser.add_argument("--precisions", nargs="*", default=["fp32", "tf32", "bf16"])
    parser.add_argument("--images", type=int, default=200_000, help="that the loader's photographs are repeated to")
    parser.add_argument("--loader-steps", type=int, default=1600)
    parser.add_argument("--gan-train", default=BUNDLED if os.path.exists(BUNDLED) else BUILT)
    options, more = parser.parse_known_args()
    os.makedirs(options.out, exist_ok=True)
    runs = Runs(options, more)
    missed = []
    for part in options.parts:
        try:
            parts[part](runs)
        except OutOfTime as name:
            missed.append(f"{part}, at {name}")
    if missed:
        print(f"\nnot finished in {options.seconds:.0f} s: {'; '.join(missed)}. The same command goes on.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
