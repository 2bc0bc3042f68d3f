"""
Gan against PyTorch on this machine's GPU, in one command and less than 9 minutes: our rooflines, PyTorch's whole steps, cuDNN's layers, device memory, and what
the targets say. The most important comes first; what the time does not reach, or what fails, is named and hides nothing else.

    compare_gpu.py [--bench FILE] [--device cuda] [--quick] [--json FILE] [--report FILE]
    compare_gpu.py --from FILE.json [--report FILE]         the tables again

Everything runs one after the other, in processes of its own. The JSON is written after each part. --device cuda-emulator (ours on the emulator, PyTorch on the
processor) and cpu run the same at tiny sizes: to try the script, not to compare.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from pathlib import Path

from gpu_tables import PRECISIONS, report
from processes import Budget, results, run_rows, watch

HERE = Path(__file__).resolve().parent
SECONDS = 540
# seconds without a row before a process is stopped
ROOFLINE, EAGER, COMPILED, LAYER = 40, 25, 75, 25
PLAIN = "as by default"


def plan(quick, tiny):
    """PyTorch's rows in the order of their importance, those that may share a process together: (seconds a row may take, rows)."""
    dcgan, mlp = ("dcgan:4" if tiny else "dcgan:128"), "mlp:60"

    def rows(model, precisions, *variants):
        return [f"{model}:{p}:{v}" for p in precisions for v in variants]

    eager = [(EAGER, rows(model, PRECISIONS, "channels_last", "eager", "graph")) for model in (dcgan, mlp)]
    # one process each: the pools of a variant's graphs would count as memory of the next
    graphs = [(COMPILED, rows(model, (p,), "compile_graphs")) for model, p in ((dcgan, "tf32"), (dcgan, "bf16"), (mlp, "tf32"), (dcgan, "fp32"), (mlp, "bf16"), (mlp, "fp32"))]
    compiled = [(COMPILED, rows(model, ("tf32", "bf16"), "compile")) for model in (dcgan, mlp)]
    first, rest = graphs[:3], [graphs[3], *compiled, *graphs[4:]]
    return eager, first, [] if quick else rest


class Comparison:
    def __init__(self, options, folder):
        self.options, self.folder, self.budget = options, folder, Budget(options.limit)
        self.tiny = not re.fullmatch(r"cuda(:\d+)?", options.device)
        self.torch_device = "cpu" if self.tiny else options.device
        self.results = {"device": options.device, "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "seconds": 0.0,
                        "rooflines": [], "memory": {}, "steps": [], "layers": []}

    def say(self, text):
        print(f"{self.budget.spent:4.0f} s  {text}", file=sys.stderr, flush=True)

    def save(self):
        self.results["seconds"] = self.budget.spent
        if self.options.json:
            self.options.json.write_text(json.dumps(self.results, indent=1) + "\n")

    def roofline(self, precision, way, environment=None):
        self.say(f"roofline {precision}, {way}")
        file = self.folder / f"{precision}-{len(self.results['rooflines'])}.json"
        command = [self.options.bench, "roofline", "--device", self.options.device, "--precision", precision, "--quick", "--json", file]
        lines, reason = watch(command, 120 if self.tiny else ROOFLINE, self.budget, environment)
        run = {"precision": precision, "way": way, "environment": environment or {}}
        if reason is None and file.exists():
            run |= {"table": json.loads(file.read_text()), "description": next((line for line in lines if line.startswith(self.options.device)), way)}
        else:
            run["failed"] = reason or "no JSON"
        self.results["rooflines"].append(run)
        self.save()
        return run

    def rooflines(self):
        plain = [self.roofline(precision, PLAIN) for precision in PRECISIONS]
        capability = re.search(r"compute capability (\d+\.\d+)", " ".join(run.get("description", "") for run in plain))
        hopper = capability is not None and capability[1] == "9.0"
        ways = [("warpgroups and branches", {"GAN_CUDA_BRANCHES": "1", "GAN_CUDA_WGMMA": "1"}) if hopper else ("branches", {"GAN_CUDA_BRANCHES": "1"})]
        if capability is not None and float(capability[1]) >= 9:
            way, environment = ways[0]
            ways.append((f"{way}, dependent launches", environment | {"GAN_CUDA_PDL": "1"}))
        for way, environment in ways:
            for run in plain[:2]:
                if "table" in run:
                    self.roofline(run["precision"], way, environment)

    def memory(self):
        """Our device memory, as a dry run says it, with as many images on the device as torch_steps.py has."""
        emulated = self.options.device == "cuda-emulator"
        model, batch = ("mlp", 60) if emulated else ("dcgan", 4 if self.tiny else 128)
        self.say(f"device memory, {model} {batch}")
        lines, reason = watch([self.options.bench.with_name("gan-train"), "--dry-run", "--model", model, "--batch-size", batch, "--synthetic-count", 8 * batch,
                               "--device", self.options.device], 60, self.budget)
        found = {name: re.search(rf"Memory: ([\d.]+) MiB on the device {how}", "\n".join(lines)) for name, how in (("forecast_mib", r"\(forecast"), ("reserved_mib", "after"))}
        memory = {"model": model, "batch": batch} | {name: float(m[1]) for name, m in found.items() if m}
        self.results["memory"] = memory if all(found.values()) else memory | {"failed": reason or "the dry run did not say it"}
        self.save()

    def steps(self, groups):
        for limit, rows in groups:
            self.say(f"PyTorch {', '.join(rows)}")
            seconds = 0.1 if self.tiny else 0.5 if self.options.quick else 1.5
            self.results["steps"] += run_rows([sys.executable, HERE / "torch_gpu.py", "--device", self.torch_device, "--seconds", seconds], rows, limit, self.budget)
            self.save()

    def layers(self):
        run = next((r for r in self.results["rooflines"] if "table" in r), None)
        if run is None:
            self.results["layers"] = [{"row": "all", "failed": "no roofline says their shapes"}]
            return
        self.say("cuDNN's layers")
        file = self.folder / "shapes.json"
        file.write_text(json.dumps(run["table"]))
        command = [sys.executable, HERE / "torch_layers_gpu.py", file, "--device", self.torch_device] + (["--layers", "D1", "G1", "--seconds", "0.02"] if self.tiny else [])
        lines, reason = watch(command, LAYER, self.budget)
        self.results["layers"] = results(lines)
        if reason or not self.results["layers"]:
            self.results["layers"].append({"row": "all that follow" if self.results["layers"] else "all", "failed": reason or (lines or ["no result"])[-1]})
        self.save()

    def run(self):
        eager, first, rest = plan(self.options.quick, self.tiny)
        self.rooflines()
        self.steps(eager)
        self.layers()
        self.memory()
        self.steps(first)
        self.steps(rest)
        self.save()


def bench():
    """Gan.Bench of the bundle, else of the checkout's build."""
    places = [HERE.parent / "bin" / "Gan.Bench", HERE.parent / "bin" / "Release" / "net10.0" / "Gan.Bench"]
    return next((p for p in places if p.is_file()), places[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, default=bench(), help="Gan.Bench, gan-train beside it")
    parser.add_argument("--device", default="cuda", help="cuda, cuda:N; cuda-emulator or cpu to try the script")
    parser.add_argument("--quick", action="store_true", help="less time a row, and only the most telling of what is compiled")
    parser.add_argument("--limit", type=float, default=SECONDS, metavar="SECONDS", help="for everything (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="all results")
    parser.add_argument("--report", type=Path, help="the tables, as on the console")
    parser.add_argument("--from", dest="saved", type=Path, metavar="FILE", help="measure nothing, print the tables of this JSON")
    options = parser.parse_args()
    if options.saved:
        found = json.loads(options.saved.read_text())
    else:
        options.bench = options.bench.resolve()
        with tempfile.TemporaryDirectory() as folder:
            comparison = Comparison(options, Path(folder))
            comparison.run()
            found = comparison.results
    lines, found["targets"] = report(found)
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if options.report:
        options.report.write_text(text)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0 if any("table" in run for run in found["rooflines"]) else 1


if __name__ == "__main__":
    sys.exit(main())
