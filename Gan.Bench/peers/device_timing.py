"""
Times of PyTorch's calls on a GPU, between events on the device's own clock, as our roofline takes them; and the precisions products may have there. Where the
device is the CPU, all of it works by the host's clock, so that the scripts can be tried without a GPU.
"""

import gc
import statistics
import time

import torch

import timing

MIB = 1024 * 1024


class NotPossible(Exception):
    """What this version or device doesn't offer: named in the table, no failure."""


def on_gpu(device):
    return torch.device(device).type == "cuda"


def choose(device):
    """Makes it the device that counts; a reason where it isn't there."""
    if not on_gpu(device):
        return None
    if not torch.cuda.is_available():
        return f"PyTorch {torch.__version__} sees no GPU: nothing to compare with."
    torch.cuda.set_device(torch.device(device).index or 0)
    return None


def set_precision(name):
    """
    tf32 allows it in products and convolutions alike, everything else forbids it in both. By the older of PyTorch's two ways to say so: torch.compile up to 2.10
    reads that one and refuses to run after the newer (pytorch issue 166387).
    """
    torch.backends.cuda.matmul.allow_tf32 = name == "tf32"
    torch.backends.cudnn.allow_tf32 = name == "tf32"


def median_by_events(call, calls, seconds, least, patience):
    """Seconds of one of the calls that `call` makes: the median of samples, each between two events."""
    samples, begin = [], time.perf_counter()
    while len(samples) < least or time.perf_counter() - begin < seconds:
        first, last = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        first.record()
        call()
        last.record()
        last.synchronize()
        samples.append(first.elapsed_time(last) / calls / 1e3)
        if time.perf_counter() - begin > patience:
            break
    return statistics.median(samples)


def captured(call, calls=1):
    """Replays so many calls as one CUDA graph. Some calls before, on a stream of their own, get done what must happen once only: choices of algorithms, state of optimisers."""
    if not torch.cuda.is_available():
        raise NotPossible("CUDA graphs need a GPU")
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            call()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(calls):
            call()

    def replay(_holds=call):  # what the graph reads and writes must live as long as it does
        graph.replay()
    return replay


def kernel_seconds(call, device, seconds):
    """Seconds a call, and how it was timed: a replayed graph of ten calls, as the roofline's rows, else a loop of ten."""
    if not on_gpu(device):
        return timing.median(call, seconds=seconds, least=2, most=50, patience=5 * seconds), "host clock"
    for _ in range(3):
        call()
    torch.cuda.synchronize()
    try:
        ten, how = captured(call, 10), "graph"
    except RuntimeError:
        torch.cuda.synchronize()
        ten, how = repeated(call, 10), "loop"
    ten()
    torch.cuda.synchronize()
    return median_by_events(ten, 10, seconds, 5, 20 * seconds), how


def step_seconds(step, device, seconds):
    """Seconds a step, the median over groups of ten, and the peak of memory in MiB while they ran."""
    if not on_gpu(device):
        return timing.median(step, seconds=seconds, least=2, patience=4 * seconds + 1), {}
    for _ in range(5):
        step()
    empty_device(device)  # of the searches of cudnn.benchmark, which took memory that steps don't need
    torch.cuda.reset_peak_memory_stats()
    taken = median_by_events(repeated(step, 10), 10, seconds, 5, 4 * seconds)
    return taken, {"allocated_mib": torch.cuda.max_memory_allocated() / MIB, "reserved_mib": torch.cuda.max_memory_reserved() / MIB}


def repeated(call, calls):
    def loop():
        for _ in range(calls):
            call()
    return loop


def empty_device(device):
    """Gives back what the measurement before left."""
    gc.collect()
    if on_gpu(device):
        torch.cuda.synchronize()
        torch.cuda.empty_cache()


def describe(device):
    """PyTorch's version, and what it runs on."""
    if not on_gpu(device):
        return f"PyTorch {torch.__version__} on the CPU"
    return f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}, {torch.cuda.get_device_name()}"
