"""Programs that may be stopped: what one had printed by then counts, and everything it started ends with it."""

import json
import os
import signal
import subprocess
import tempfile
import time

START = 25.0  # seconds more for what a process prints first: it loads libraries and starts the device
LEAST = 5.0  # seconds below which no process is started any more


class Budget:
    def __init__(self, seconds):
        self.seconds, self.begin = seconds, time.monotonic()

    @property
    def spent(self):
        return time.monotonic() - self.begin

    @property
    def left(self):
        return self.seconds - self.spent


def watch(command, limit, budget, environment=None):
    """
    (lines, reason): what the program printed, and None if it ended with 0. It is stopped when it has printed nothing more for `limit` seconds, or when the
    budget is spent.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            process = subprocess.Popen([str(c) for c in command], stdout=out, stderr=err, start_new_session=True, env=os.environ | (environment or {}))
        except OSError as error:
            return [], str(error)
        size, since, reason = 0, time.monotonic() + START, None
        try:
            while process.poll() is None and reason is None:
                time.sleep(0.05)
                if (now := os.fstat(out.fileno()).st_size) > size:
                    size, since = now, time.monotonic()
                if budget.left <= 0:
                    reason = f"stopped: the {budget.seconds:.0f} s for everything are over"
                elif time.monotonic() - since > limit:
                    reason = f"stopped after {limit:g} s"
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)  # its own group: compilers it started too
            except ProcessLookupError:
                pass
            process.wait()
        # by position, since the child's writes moved the shared one
        lines, errors = (os.pread(f.fileno(), os.fstat(f.fileno()).st_size, 0).decode(errors="replace").splitlines() for f in (out, err))
    if reason is None and process.returncode != 0:
        said = [line for line in errors if line.strip()] or lines
        reason = f"exit code {process.returncode}: {said[-1].strip() if said else 'without a word'}"
    return lines, reason


def results(lines):
    """The lines that are whole JSON objects."""
    found = []
    for line in lines:
        if line.startswith("{"):
            try:
                found.append(json.loads(line))
            except ValueError:
                pass  # cut off where the program was stopped
    return found


def run_rows(command, rows, limit, budget):
    """
    The results of a script that takes rows and prints a line of JSON for each. A row that takes too long or ends the process is named with its reason, and a new
    process goes on behind it. Rows that the budget doesn't reach are named too.
    """
    done, left, dead = [], list(rows), 0
    while left:
        if budget.left < LEAST:
            return done + [{"row": row, "failed": f"not run: the {budget.seconds:.0f} s for everything are over"} for row in left]
        lines, reason = watch(command + left, limit, budget)
        fresh = results(lines)
        done += fresh
        left = left[len(fresh):]
        if not left or (fresh and "broken" in fresh[-1]):
            continue
        if reason is None:  # it ended well and said why there is nothing to measure
            return done + [{"row": row, "failed": lines[-1] if lines else "no result"} for row in left]
        done.append({"row": left.pop(0), "failed": reason})
        dead = 0 if fresh or reason.startswith("stopped") else dead + 1
        if dead == 2:  # what ends every process before its first row does not get better
            return done + [{"row": row, "failed": reason} for row in left]
    return done
