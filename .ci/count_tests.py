#!/usr/bin/env python3
"""Counts test cases in the XML of Google Test, CTest and Surefire, and prints the line that ends a run.

usage: count_tests.py [--status N] FOLDER...

The line reads `tests: 1234 passed, 0 failed, 12 skipped`. The exit status is 1 where a case failed,
where nothing ran, or where N, the suites' own status, is not 0.
"""

import argparse
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


class Count:
    """Cases by outcome."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skipped = 0

    def add(self, case, name):
        if case.find("failure") is not None or case.find("error") is not None:
            self.failed += 1
            print(f"FAILED {name}")
        elif case.find("skipped") is not None or case.get("result") == "skipped":
            self.skipped += 1
        elif case.get("status") == "notrun":
            pass
        else:
            self.passed += 1


def case_name(case):
    return f"{case.get('classname', '?')}.{case.get('name', '?')}"


def read_cases(path, count):
    """Adds the cases of one report; False where it is cut off, as a crash leaves it."""
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError:
        return False
    for case in root.iter("testcase"):
        count.add(case, case_name(case))
    return True


def read_ctest(path, folder, count):
    """A test of CTest is a whole executable: it counts by itself only where it left no report."""
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        report = folder / f"{case.get('name')}.xml"
        own = Count()
        whole = report.exists() and read_cases(report, own)
        if whole:
            count.passed += own.passed
            count.failed += own.failed
            count.skipped += own.skipped
        if case.get("status") == "fail" and own.failed == 0:
            count.failed += 1
            print(f"FAILED {case.get('name')}: it crashed or ran out of time")
        elif not whole and case.get("status") == "run":
            count.passed += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--status", type=int, default=0)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()

    count = Count()
    for folder in arguments.folders:
        for path in sorted(folder.rglob("ctest.junit")):
            read_ctest(path, path.parent, count)
        for path in sorted(folder.glob("*/target/surefire-reports/TEST-*.xml")):
            if not read_cases(path, count):
                count.failed += 1
                print(f"FAILED {path.name}: the report is cut off")

    if arguments.status and not count.failed:
        print("FAILED: a suite did not run to its end, see above")
        count.failed += 1
    sys.stdout.flush()
    print(f"tests: {count.passed} passed, {count.failed} failed, {count.skipped} skipped")
    return 1 if count.failed or not count.passed else 0


if __name__ == "__main__":
    sys.exit(main())
