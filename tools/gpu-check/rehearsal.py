"""Tries the pack without a GPU: unpacked in an empty folder, with nothing but python3 on the PATH."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import packing
import plan

KILLED_AFTER_SECONDS = (2, 9, 20)


def drivers():
    """The folders of the emulated driver and libraries, built anew if their sources have changed."""
    packing.call(["mvn", "-q", "-B", "-o", "-pl", "backend-cuda", "-am", "-Dtest=NullDriverTest",
                  "-Dsurefire.failIfNoSpecifiedTests=false", "test"], cwd=packing.REPOSITORY)
    built = packing.REPOSITORY / "backend-cuda/target/emulated-driver"
    return [built, built / "libraries"]


class Rehearsal:
    def __init__(self, folder, script, arguments, libraries):
        self.folder, self.script, self.arguments, self.libraries = folder, script, arguments, libraries
        only = folder / "path"
        only.mkdir()
        os.symlink(sys.executable, only / "python3")
        os.symlink(shutil.which("nice"), only / "nice")
        self.environment = {"PATH": str(only), "HOME": str(folder)}
        self.wrong = []

    def start(self, driver, out):
        command = [sys.executable, self.script, "run", "--driver", driver, "--out", out,
                   "--python", self.arguments.python, "--deadline", str(self.arguments.deadline),
                   "--patience", str(self.arguments.patience), "--libraries", *map(str, self.libraries)]
        # A process group of its own, so that nothing outlives it.
        return subprocess.Popen(command, env=self.environment, cwd=self.folder, text=True, start_new_session=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def whole(self, driver):
        out = self.folder / driver
        process = self.start(driver, out)
        print(f"== {driver} driver", flush=True)
        for text in process.stdout:
            print(text, end="", flush=True)
        status = process.wait()
        rows = known(out)
        missing = sorted(set(plan.CAPS) - {row["section"] for row in rows})
        files = len(list(out.iterdir()))
        if status or missing or files > 8:
            self.wrong.append(f"{driver}: exit status {status}, sections without a result: {missing}, {files} files")

    def killed(self, driver, number, seconds):
        out = self.folder / f"{driver}-{number.name}-{seconds}"
        process = self.start(driver, out)
        time.sleep(seconds)
        process.send_signal(number)
        output = process.communicate()[0]
        try:
            os.killpg(process.pid, signal.SIGKILL)  # what Java may still do, as the machine goes back
        except ProcessLookupError:
            pass
        rows = known(out)
        printed = output.split("== ")[0].splitlines()
        told = number == signal.SIGKILL or "== " in output
        print(f"{driver}, {number.name} after {seconds} s: {len(rows)} results in the file, summary "
              f"{'printed' if '== ' in output else 'not printed'}", flush=True)
        if not rows or not told or len(rows) < len(printed):
            self.wrong.append(f"{driver}: {number.name} after {seconds} s lost what was known")


def known(out):
    """The results in the file; every line is whole."""
    return [json.loads(text) for text in (out / "gpu-check.jsonl").read_text().splitlines()]


def rehearse(arguments):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pack = arguments.pack or folder / "gpu-check.tar.xz"
        if not arguments.pack:
            packing.pack(pack)
        libraries = drivers()
        packing.call([sys.executable, "-m", "tarfile", "-e", pack, folder / "unpacked"])
        script = folder / "unpacked/gpu-check/gpu-check"
        tried = Rehearsal(folder, script, arguments, libraries)
        for driver in ("emulated", "books"):
            tried.whole(driver)
        for seconds in KILLED_AFTER_SECONDS:
            tried.killed("books", signal.SIGTERM, seconds)
            tried.killed("books", signal.SIGKILL, seconds)
        print("\n".join(tried.wrong) or "rehearsed: every section reported, nothing failed, nothing was lost")
        return 1 if tried.wrong else 0
