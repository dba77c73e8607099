"""Tandem and its peers on this machine, in turn (A B C A B C ...): medians, the least and the most, and ratios.

usage: compare.py [--python PYTHON_WITH_TORCH] [--data DATA] [--rounds 3] [--threads 2] [--only ROW ...] [CASE ...]

DATA is a folder with train/CLASS/FILE, of which loading, packing and starting are timed. Rows that cannot be measured
here say so in a line, and the others go on.
A case is mode:recipe:batch or mode:recipe:batch:precision, such as train:paper:128:auto or infer:paper:1; it is timed
instead of the rows of the table. The precision is Tandem's: f32, bf16 or auto; or f16-weights or bf16-weights,
which keep the weights of inference in 16 bits. PyTorch always computes in f32, eager and compiled, and the ratio is
against the better.
The rows local-SIDE-CHANNELS are one locally connected layer of the authors' nets for CIFAR-10, forward and backward:
milliseconds by benchmarks/target, which "mvn -Pbenchmarks package" makes, and in PyTorch compiled.
--script is another PyTorch program to time instead of peer_pytorch.py; it is called with MODE-RECIPE[-compile] BATCH
nchw STEPS, and ends its output with a rate in img/s.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import pipeline

HOME = pathlib.Path(__file__).resolve().parent
TANDEM = str(HOME.parent / "tandem")
ROWS = {
    "train-small": "train:small:32",
    "train-paper": "train:paper:128",
    "train-owt": "train:owt:128",
    "train-cifar-18pct": "train:cifar-18pct:128",
    "train-cifar-11pct": "train:cifar-11pct:128",
    "infer-64": "infer:paper:64",
    "infer-1": "infer:paper:1",
    "bf16": "train:paper:128:auto",
    "infer-1-weights": "infer:paper:1:f16-weights",
}
LAYERS = ["local-6-64", "local-6-32", "local-8-64", "local-8-32"]
WITH_DATA = ["loading", "packing", "start"]
SETTINGS = {
    "f32": ["--precision", "f32"],
    "bf16": ["--precision", "bf16"],
    "auto": ["--precision", "auto"],
    "bf16-weights": ["-D", "tandem.cpu.inference-weights=bf16"],
    "f16-weights": ["-D", "tandem.cpu.inference-weights=f16"],
}
START_LIMIT_SECONDS = 300


class Unmeasured(Exception):
    """Why a row cannot be measured here, in a line."""


def output(command):
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise Unmeasured(lines[-1] if lines else f"{command[0]} ended with status {done.returncode}")
    return done.stdout.strip()


class Case:
    def __init__(self, text):
        self.text = text
        try:
            self.mode, self.recipe, self.batch, *rest = text.split(":")
            self.precision, = rest or ["f32"]
            self.settings = SETTINGS[self.precision]
        except (ValueError, KeyError):
            sys.exit(f"compare: no such case, got {text}, expected mode:recipe:batch or mode:recipe:batch:precision "
                     f"with one of {', '.join(SETTINGS)}")

    def steps(self):
        """Enough for Java's compiler to have come to an end in short steps."""
        return "200" if self.recipe == "small" or self.recipe.startswith("cifar") else "400" if self.batch == "1" else "6"


class Spread:
    """Values of one thing, a round each."""

    def __init__(self, values):
        self.values = values

    @property
    def median(self):
        return statistics.median(self.values)

    def text(self, digits=1):
        low, high = min(self.values), max(self.values)
        return f"{self.median:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


def in_turn(rounds, measurements):
    """Each of the named measurements in turn, so many rounds; a name without one that works is left out."""
    values = {name: [] for name in measurements}
    broken = {}
    for _ in range(rounds):
        for name, measure in measurements.items():
            if name not in broken:
                try:
                    values[name].append(measure())
                except Unmeasured as reason:
                    broken[name] = str(reason)
    return {name: Spread(found) for name, found in values.items() if name not in broken}, broken


def row(name, unit, tandem, others, ratio, note=""):
    others = "; ".join(f"{other} {spread.text()}" for other, spread in others.items()) or "-"
    print(f"| {name} | {unit} | {tandem} | {others} | {ratio} | {note} |", flush=True)


def unmeasured(name, reason):
    print(f"| {name} | | not measured: {reason.replace('|', '/')} | | | |", flush=True)


class Comparison:
    def __init__(self, arguments):
        self.arguments = arguments
        self.answers = {}

    def bench(self, case):
        steps = self.arguments.steps or case.steps()
        lines = output([TANDEM, "bench", "--recipe", case.recipe, "--batch", case.batch, "--mode", case.mode, "--steps",
                        steps, *case.settings, "-D", f"tandem.cpu.threads={self.arguments.threads}", "--json"])
        answer = json.loads(lines.splitlines()[-1])
        self.answers.setdefault(case.text, []).append(answer)
        return answer["imagesPerSecond"]

    def pytorch(self, case, how):
        steps = self.arguments.steps or case.steps()
        python, script = self.arguments.python, self.arguments.script
        if python is None:
            raise Unmeasured("no --python with torch")
        if script is None:
            command = [python, str(HOME / "peer_pytorch.py"), case.mode, case.recipe, case.batch, steps, how,
                       self.arguments.threads]
        else:
            mode = f"{case.mode}-{case.recipe}" + ("-compile" if how == "compiled" else "")
            command = [python, script, mode, case.batch, "nchw", steps]
        last = output(command).splitlines()[-1]
        found = re.search(r"([\d.]+) *img/s", last)
        return float(found.group(1)) if found else json.loads(last)["imagesPerSecond"]

    def network(self, text):
        case = Case(text)
        rates, broken = in_turn(self.arguments.rounds, {
            "Tandem": lambda: self.bench(case),
            "eager": lambda: self.pytorch(case, "eager"),
            "compiled": lambda: self.pytorch(case, "compiled"),
        })
        if "Tandem" not in rates:
            unmeasured(text, broken["Tandem"])
            return
        ours = rates.pop("Tandem")
        notes = [f"{name}: {reason}" for name, reason in broken.items()]
        ratio = "-"
        if rates:
            better = max(spread.median for spread in rates.values())
            ratio = f"{ours.median / better:.2f}"
            if int(case.batch) == 1:
                notes.append(f"{1e3 / ours.median:.1f} ms, {better / ours.median:.2f} of PyTorch's "
                             f"{1e3 / better:.1f} ms")
        row(text, "images/s", ours.text(), rates, ratio, "; ".join(notes))
        if text in ("train:small:32", "train:paper:128"):
            self.shares(text)

    def shares(self, text):
        """What the same runs of bench tell besides the rate."""
        answers = self.answers[text]
        if text == "train:small:32":
            share = Spread([100 * answer["rooflineShare"] for answer in answers])
            peak = Spread([answer["peakGflops"] for answer in answers])
            row(text, "% of the peak", share.text(0), {}, "-", f"peak {peak.text(0)} GFLOP/s")
        else:
            resident = Spread([answer["residentBytes"] / 1e9 for answer in answers])
            row(text, "GB resident", resident.text(2), {}, "-")

    def layer(self, name):
        _, side, channels = name.split("-")
        steps, threads = self.arguments.steps or "200", self.arguments.threads
        built = HOME / "target"
        if not list(built.glob("tandem-benchmarks-*.jar")):
            raise Unmeasured("no benchmarks/target. Run mvn -Pbenchmarks package")
        jars = os.pathsep.join([*map(str, built.glob("tandem-benchmarks-*.jar")), str(built / "lib" / "*")])
        ours = ["java", "-cp", jars, "dev.tandem.benchmarks.LocallyConnectedLayer", side, channels, steps, threads]
        peer = [self.arguments.python, str(HOME / "peer_local.py"), side, channels, steps, threads]
        times, broken = in_turn(self.arguments.rounds, {
            "Tandem": lambda: self.milliseconds(ours),
            "compiled": lambda: self.milliseconds(peer),
        })
        if "Tandem" not in times:
            raise Unmeasured(broken["Tandem"])
        own = times.pop("Tandem")
        ratio = f"{times['compiled'].median / own.median:.2f}" if times else "-"
        note = "; ".join(f"{who}: {reason}" for who, reason in broken.items())
        row(f"locally connected, {side}x{side} to {channels}", "ms", own.text(2), times, ratio, note)

    @staticmethod
    def milliseconds(command):
        if command[0] is None:
            raise Unmeasured("no --python with torch")
        return json.loads(output(command).splitlines()[-1])["milliseconds"]

    def data(self):
        if self.arguments.data is None:
            raise Unmeasured("no --data")
        return self.arguments.data

    def loading(self):
        with tempfile.TemporaryDirectory(dir=self.arguments.work) as work:
            shards = os.path.join(work, "shards")
            output([TANDEM, "pack", self.data(), shards, "--side", str(pipeline.SIDE), "--json"])
            answers = []
            for _ in range(self.arguments.rounds):
                lines = output([TANDEM, "bench", "--mode", "data", "--data", shards, "--recipe", "paper", "--steps",
                                "3", "--json"])
                answers.append(json.loads(lines.splitlines()[-1]))
        ours = Spread([answer["imagesPerSecondPerCore"] for answer in answers])
        alone = Spread([answer["decodeImagesPerSecond"] for answer in answers])
        share = Spread([answer["decodeShare"] for answer in answers])
        row("loading, a core", "images/s", ours.text(0), {"OpenCV's decoding alone": alone}, share.text(2))

    def packing(self):
        if shutil.which("mogrify") is None:
            raise Unmeasured("mogrify is not installed")
        if not (pathlib.Path(self.data()) / "train").is_dir():
            raise Unmeasured("mogrify needs files of their own, in train/CLASS/FILE")
        with tempfile.TemporaryDirectory(dir=self.arguments.work) as work:
            rates, broken = in_turn(self.arguments.rounds, {
                "Tandem": lambda: pipeline.pack(self.data(), work),
                "mogrify": lambda: pipeline.mogrify(self.data(), work),
            })
        if broken:
            raise Unmeasured("; ".join(broken.values()))
        ours, others = rates["Tandem"], rates["mogrify"]
        row("packing, a core", "images/s", ours.text(), {"mogrify": others}, f"{ours.median / others.median:.2f}")

    def start(self):
        self.first_step()  # warms the caches
        seconds = Spread([self.first_step() for _ in range(self.arguments.rounds)])
        row("start to the first step of small", "s", seconds.text(2), {}, "-")

    def first_step(self):
        """Seconds from the call of the launcher to the line that it prints when the first step is computed."""
        with tempfile.TemporaryDirectory(dir=self.arguments.work) as work:
            command = [TANDEM, "train", "--recipe", "small", "--data", self.data(), "--run", os.path.join(work, "run"),
                       "-D", f"tandem.cpu.threads={self.arguments.threads}"]
            began = time.perf_counter()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            said = []
            try:
                for line in process.stderr:
                    seconds = time.perf_counter() - began
                    said.append(line.strip())
                    if re.match(r"epoch \d+ of \d+: batch", line):
                        return seconds
                    if seconds > START_LIMIT_SECONDS:
                        break
            finally:
                process.send_signal(signal.SIGKILL)
                process.wait()
                process.stderr.close()
            raise Unmeasured(said[-1] if said else "training said nothing")

    def environment(self):
        """The processor and the versions, in lines."""
        facts = pathlib.Path("/proc/cpuinfo")
        text = facts.read_text() if facts.exists() else ""
        model = re.search(r"model name\s*: (.*)", text)
        kind = [re.search(rf"{key}\s*: (\d+)", text) for key in ("cpu family", "model\t")]
        processor = model.group(1) if model else "unknown processor"
        if all(kind):
            processor += f" (family {kind[0].group(1)}, model {kind[1].group(1)})"
        print(f"Processor: {processor}, {os.cpu_count()} cores, {self.arguments.threads} threads")
        try:
            doctor = json.loads(output([TANDEM, "doctor", "--json"]).splitlines()[-1])
            cpu = [backend["detail"] for backend in doctor["backends"] if backend["name"] == "cpu"]
            print(f"Java: {doctor['java']}. CPU backend: {', '.join(cpu)}")
            commit = output(["git", "-C", str(HOME.parent), "log", "-1", "--format=%h of %cs"])
            changed = output(["git", "-C", str(HOME.parent), "status", "--porcelain", "--untracked-files=no"])
            print(f"Tandem: {commit}{', with changes' if changed else ''}")
        except (Unmeasured, OSError) as reason:
            print(f"Versions: {reason}")
        jars = sorted({jar.name for jar in HOME.parent.glob(".tandem-builds/*/lib/*.jar")
                       if re.match(r"(opencv|dnnl)-[\d.-]+\.jar", jar.name)})
        print(f"Libraries: {', '.join(jars) or 'unknown'}")
        try:
            python = self.arguments.python
            torch = output([python, "-c", "import torch; print(torch.__version__)"]) if python else "none (no --python)"
            print(f"PyTorch: {torch}")
        except Unmeasured as reason:
            print(f"PyTorch: none ({reason})")
        if shutil.which("mogrify"):
            print(output(["mogrify", "-version"]).splitlines()[0])
        print(f"Medians of {self.arguments.rounds} rounds in turn, with the least and the most")
        print()

    def run(self):
        names = self.arguments.only or ([] if self.arguments.cases else [*ROWS, *LAYERS, *WITH_DATA])
        texts = self.arguments.cases + [ROWS[name] for name in names if name in ROWS]
        self.environment()
        print("| row | unit | Tandem | others | ratio to the better | |")
        print("| --- | --- | --- | --- | --- | --- |")
        for text in texts:
            self.network(text)
        for name in [*LAYERS, *WITH_DATA]:
            if name in names:
                try:
                    self.layer(name) if name in LAYERS else getattr(self, name)()
                except (Unmeasured, subprocess.CalledProcessError) as reason:
                    unmeasured(name, str(reason))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python")
    parser.add_argument("--script")
    parser.add_argument("--data")
    parser.add_argument("--work", help="where temporary files go")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", help="of each measurement; default: as many as take some seconds")
    parser.add_argument("--threads", default="2")
    parser.add_argument("--only", action="append", choices=[*ROWS, *LAYERS, *WITH_DATA], help="a row; may be repeated")
    parser.add_argument("cases", nargs="*")
    Comparison(parser.parse_args()).run()


if __name__ == "__main__":
    main()
