#!/usr/bin/env python3
"""Runs a Google Test program on a machine where a test may take its device, or its process, down with it.

usage: cases.py [--filter FILTER] [--patience SECONDS] [--limit SECONDS] [--failures N] COMMAND...

A kernel's fault leaves nothing of its process's device, a crash nothing of the process, and a hang no time: so the
tests that come after such a one run in a new process, and it alone counts as failed. The output of tests that fail is
printed, cut to its beginning and its end; then which test failed first, and how many of each kind there were.
"""

import argparse
import queue
import re
import subprocess
import sys
import threading
import time

LINE = re.compile(r"\[ +(RUN|OK|FAILED|SKIPPED) +\] ([^\s,]+)")
# What the CUDA library says once its device is lost.
LOST = re.compile(r"gpu\(\d+\) has failed|CUDA_ERROR_|cudaError(?!MemoryAllocation|NotReady)\w+")
# Lines of a failed test that are shown.
FIRST, LAST = 14, 6


def listed(command, pattern):
    """The names of the tests that a filter selects."""
    lines = subprocess.run([*command, f"--gtest_filter={pattern}", "--gtest_list_tests"], text=True, check=True,
                           stdout=subprocess.PIPE).stdout.splitlines()
    names, suite = [], None
    for line in lines:
        line = line.split("#")[0].rstrip()
        if re.fullmatch(r"\S+\.", line):
            suite = line
        elif suite and re.fullmatch(r"  \S+", line):
            names.append(suite + line.strip())
    return names


def operator_of(test):
    """What tests have in common that fail together: the operator of a generated one, else the test itself."""
    return re.sub(r"_\d+$", "", test.rpartition("/")[2])


class Run:
    """One process after the other, until each test has an end."""

    def __init__(self, options):
        self.options = options
        self.ends = {}
        self.lossy = set()
        self.shown = 0
        self.deadline = time.monotonic() + options.limit
        self.first_failure = None

    def note(self, test, end, output, why=""):
        self.ends[test] = end
        if end in ("passed", "skipped"):
            return
        self.first_failure = self.first_failure or test
        if end != "failed":
            self.lossy.add(operator_of(test))
        self.shown += 1
        print(f"--- {test}: {end}{why}", flush=True)
        if self.shown <= self.options.failures:
            lines = [line.rstrip()[:300] for line in output]
            if len(lines) > FIRST + LAST:
                lines = lines[:FIRST] + [f"... {len(lines) - FIRST - LAST} lines ..."] + lines[-LAST:]
            print("\n".join(lines), flush=True)

    def process(self, tests, everything):
        """Runs tests in one process; returns once they, or it, have ended."""
        # Names are many, so the tests are named by what they are not.
        others = [name for name in everything if name not in tests]
        pattern = self.options.filter
        if others:
            pattern += (":" if "-" in pattern else "-") + ":".join(others)
        if len(pattern) > 100_000:
            pattern = ":".join(sorted(tests))
            if len(pattern) > 100_000:
                pattern = pattern[:100_000].rpartition(":")[0]
        child = subprocess.Popen([*self.options.command, f"--gtest_filter={pattern}"], text=True, errors="replace",
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        lines = queue.Queue()

        def read():
            for line in child.stdout:
                lines.put(line)
            lines.put(None)

        threading.Thread(target=read, daemon=True).start()
        test, output, since = None, [], time.monotonic()
        while True:
            now = time.monotonic()
            patience = min(self.options.patience - (now - since), self.deadline - now)
            try:
                line = lines.get(timeout=max(0.0, patience))
            except queue.Empty:
                child.kill()
                if test and time.monotonic() < self.deadline:
                    self.note(test, "hung", output, f" (more than {self.options.patience} s)")
                return test is not None
            if line is None:
                code = child.wait()
                if test:
                    self.note(test, "crashed", output, f" (status {code})")
                return test is not None or code in (0, 1)
            found = LINE.match(line)
            if not found:
                output.append(line)
            elif found[1] == "RUN":
                test, output, since = found[2], [], time.monotonic()
            elif test == found[2]:
                lost = found[1] == "FAILED" and LOST.search("".join(output))
                end = {"OK": "passed", "SKIPPED": "skipped", "FAILED": "lost its device" if lost else "failed"}
                self.note(test, end[found[1]], output)
                test, output = None, []
                if lost:
                    child.kill()
                    child.wait()
                    return True

    def all(self):
        tests = listed(self.options.command, self.options.filter)
        left, processes = tests, 0
        while left and time.monotonic() < self.deadline:
            # Operators that took a process with them come last: their other tests may do the same.
            harmless = {name for name in left if operator_of(name) not in self.lossy}
            went_on = self.process(harmless or set(left), tests)
            processes += 1
            before = len(left)
            left = [name for name in left if name not in self.ends]
            if time.monotonic() < self.deadline and (not went_on or len(left) == before):
                print("the program ended before its tests did, without one to blame", flush=True)
                break
        ends = list(self.ends.values())
        counts = ", ".join(f"{ends.count(end)} {end}" for end in dict.fromkeys(["passed", *sorted(ends)]))
        if self.first_failure:
            print(f"first failure: {self.first_failure}")
        print(f"{len(tests)} tests: {counts}" + (f", {len(left)} not run" if left else "") +
              (f" ({processes} processes)" if processes > 1 else ""))
        return 1 if left or self.first_failure else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--filter", default="*")
    parser.add_argument("--patience", type=float, default=60, help="seconds for one test")
    parser.add_argument("--limit", type=float, default=1e6, help="seconds for all")
    parser.add_argument("--failures", type=int, default=40, help="so many are shown with their output")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not options.command:
        parser.error("no program is given")
    return Run(options).all()


if __name__ == "__main__":
    sys.exit(main())
