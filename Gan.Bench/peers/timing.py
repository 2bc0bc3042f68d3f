"""Median times, as the roofline takes them: a warm-up, then samples for a while."""

import statistics
import time


def median(call, seconds=0.6, least=5, most=1000, patience=25.0):
    """Seconds a call. Short calls are grouped so that a sample is long enough for the clock; beyond `patience` a row is cut short."""
    def timed(count):
        start = time.perf_counter()
        for _ in range(count):
            call()
        return time.perf_counter() - start

    first = timed(1)
    if first > patience:
        return first
    count = 1
    while timed(count) < 1e-4:
        count *= 2
    samples, start = [], time.perf_counter()
    while len(samples) < most:
        samples.append(timed(count) / count)
        spent = time.perf_counter() - start
        if spent > patience or (spent > seconds and len(samples) >= least):
            break
    return statistics.median(samples)
