"""
What of Gan.Bench/peers/compare_gpu.py needs neither PyTorch nor a GPU: processes that hang, die or say there is nothing to do, and the tables of invented results.

python3 check_compare_gpu.py PEERS_FOLDER
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

peers = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(peers))

import processes  # noqa: E402
from gpu_tables import report  # noqa: E402

# a row "ok" is measured; "break" is named by the script, which then ends; "die" and "hang" are not even named, "hang" leaves half a line and a child behind
SCRIPT = """
import json, subprocess, sys, time
for row in sys.argv[1:]:
    if row == "die": sys.exit("no such device")
    if row == "none": print("nothing to compare with"); sys.exit(0)
    if row == "mute": time.sleep(600)
    if row == "hang": print('{"row": "cut o', end="", flush=True); subprocess.Popen(["sleep", "600"]); time.sleep(600)
    print(json.dumps({"row": row} | ({"failed": "refused", "broken": True} if row == "break" else {"ms": 1.0})), flush=True)
    if row == "break": sys.exit(1)
"""


def rows(*asked, seconds=100.0):
    return [(r["row"], r.get("failed", "measured")) for r in processes.run_rows([sys.executable, "-c", SCRIPT], asked, 2, processes.Budget(seconds))]


def check_processes():
    assert rows("a", "b") == [("a", "measured"), ("b", "measured")]
    assert rows("a", "break", "b", "hang", "c") == [("a", "measured"), ("break", "refused"), ("b", "measured"), ("hang", "stopped after 2 s"), ("c", "measured")]
    assert rows("a", "die", "b") == [("a", "measured"), ("die", "exit code 1: no such device"), ("b", "measured")]
    assert rows("die", "die", "a") == [(row, "exit code 1: no such device") for row in ("die", "die", "a")], "what dies twice at once does not get better"
    assert rows("none", "a") == [("none", "nothing to compare with"), ("a", "nothing to compare with")]
    processes.LEAST = 0.5
    assert rows("mute", "b", seconds=1.6) == [("mute", "stopped: the 2 s for everything are over"), ("b", "not run: the 2 s for everything are over")]
    assert processes.watch(["/no/such/program"], 1, processes.Budget(5))[1] is not None


def roofline(way, dcgan, wide):
    kernels = [{"name": name, "shape": shape, "ms": ms, "gflops": 1.0, "percent": 50.0}
               for name, shape, ms in (("conv_forward", "D2 N=64 64x32x32->128x16x16 k4s2p1", wide), ("conv_weight_gradient", "D1 N=64 3x64x64->64x32x32 k4s2p1", 1.0))]
    kernels.append({"name": "tanh", "shape": "16777216 elements", "ms": 1.0, "gflops": 0, "percent": 79.0})
    steps = [{"model": "dcgan", "batch": 64, "ms": 0.1}, {"model": "dcgan", "batch": 128, "ms": dcgan}, {"model": "mlp", "batch": 60, "ms": 0.1}]
    return {"precision": "tf32", "way": way, "description": "a card", "table": {"copy_gbps": 3000.0, "kernels": kernels, "steps": steps}}


def step(row, ms=None, **more):
    model, batch, precision, variant = row.split(":")
    result = {"row": row, "model": model, "batch": int(batch), "precision": precision, "variant": variant, "library": "PyTorch 2"} | more
    return result if ms is None else result | {"ms": ms}


def layer(name, shape, ms):
    return {"row": name, "precision": "tf32", "name": name, "shape": shape, "ms": ms, "timed": "graph", "library": "PyTorch 2"}


def results():
    return {
        "device": "cuda", "date": "a day", "seconds": 500.0, "rooflines": [roofline("plain", 5.0, 2.0), roofline("fast", 4.0, 1.0), {"precision": "fp32", "way": "plain", "failed": "died"}],
        "memory": {"model": "dcgan", "batch": 128, "forecast_mib": 500.0, "reserved_mib": 400.0},
        "steps": [step("dcgan:128:tf32:eager", 8.0, allocated_mib=700.0, reserved_mib=800.0), step("dcgan:128:tf32:graph", 7.0),
                  {"row": "dcgan:128:tf32:compile", "failed": "stopped after 75 s"}, step("mlp:60:tf32:eager", 1.5), step("mlp:60:tf32:compile_graphs", 0.19)],
        "layers": [{"row": "all that follow", "failed": "stopped"}, layer("conv_forward", "D2 N=64 64x32x32->128x16x16 k4s2p1", 0.8), layer("conv_weight_gradient", "D1 N=64 3x64x64->64x32x32 k4s2p1", 1.25)],
    }


def check_tables():
    lines, targets = report(results())
    text = "\n".join(lines)
    for line in ("  met      dcgan 128 tf32 against PyTorch's fastest (graph): 1.75x, target 1.5x",
                 "  no data  dcgan 128 bf16 against PyTorch's fastest: target 1.3x",
                 "  dcgan:128:tf32:compile: stopped after 75 s",
                 "  met      mlp 60 tf32 against PyTorch's eager: 15x, target 10x",
                 "  MISSED   mlp 60 tf32 against PyTorch's compile_graphs: 1.9x, target 2x, by 5.0 %",
                 # of the way whose step is faster, and the other's mean beside it
                 "  met      tf32 layers, geometric mean: 1x, target 1x",
                 "  tf32 plain: geometric mean 0.707 over 2 kernels",
                 "  MISSED   tf32 wide layers, the least (conv_forward D2): 0.8x, target 0.9x, by 11.1 %",
                 "  met      tf32 3-channel weight gradient, D1: 1.25x, target 1x",
                 "  MISSED   tanh of the copy: 79 %, target 80 %, by 1.2 %",
                 "  PyTorch tf32 eager: 700 allocated, 800 reserved, 2.00 times ours",
                 "  plain, fp32: not measured: died"):
        assert line in lines, f"{line!r} is not in\n{text}"
    assert sum(t["met"] is True for t in targets) == 4 and sum(t["met"] is False for t in targets) == 3, text
    empty = results() | {"rooflines": [], "steps": [], "layers": [], "memory": {}}
    assert report(empty)[0][-1].startswith("Targets: 0 met, 0 missed"), "what failed altogether still gives a report"


def check_saved():
    with tempfile.TemporaryDirectory() as folder:
        saved, text = Path(folder) / "saved.json", Path(folder) / "report.txt"
        saved.write_text(json.dumps(results()))
        done = subprocess.run([sys.executable, peers / "compare_gpu.py", "--from", saved, "--report", text], capture_output=True, text=True, check=True)
        assert done.stdout == text.read_text() == "\n".join(report(results())[0]) + "\n"


check_processes()
check_tables()
check_saved()
print("ok")
