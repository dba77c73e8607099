"""Tandem and PyTorch on this machine, in turn (A B C A B C ...), medians and ratios.

usage: compare.py --python PYTHON_WITH_TORCH [--script FILE] [--rounds 3] [--steps 4] [--threads 2] [CASE ...]
A case is mode:recipe:batch or mode:recipe:batch:precision, such as train:paper:128:bf16 or infer:paper:1. The precision
is Tandem's; PyTorch always computes in f32, eager and compiled, and the ratio is against the better of the two.
--script is another PyTorch program to time instead of peer_pytorch.py; it is called with MODE-RECIPE[-compile] BATCH
nchw STEPS, and ends its output with a rate in img/s.
"""
import argparse
import json
import pathlib
import re
import statistics
import subprocess

HOME = pathlib.Path(__file__).resolve().parent
CASES = ["train:paper:128", "train:owt:128", "train:paper:128:bf16", "infer:paper:64", "infer:paper:1"]


def output(command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def images_per_second(command):
    last = output(command).splitlines()[-1]
    found = re.search(r"([\d.]+) *img/s", last)
    return float(found.group(1)) if found else json.loads(last)["imagesPerSecond"]


def tandem(case, steps, threads):
    return [str(HOME.parent / "tandem"), "bench", "--recipe", case.recipe, "--batch", case.batch, "--mode", case.mode,
            "--steps", steps, "--precision", case.precision, "-D", f"tandem.cpu.threads={threads}", "--json"]


def pytorch(python, script, case, steps, how, threads):
    if script is None:
        return [python, str(HOME / "peer_pytorch.py"), case.mode, case.recipe, case.batch, steps, how, threads]
    mode = f"{case.mode}-{case.recipe}" + ("-compile" if how == "compiled" else "")
    return [python, script, mode, case.batch, "nchw", steps]


class Case:
    def __init__(self, text):
        self.text = text
        self.mode, self.recipe, self.batch, *rest = text.split(":")
        self.precision = rest[0] if rest else "f32"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True)
    parser.add_argument("--script")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", default="4")
    parser.add_argument("--threads", default="2")
    parser.add_argument("cases", nargs="*", default=CASES)
    arguments = parser.parse_args()
    print("| case | Tandem img/s | PyTorch eager | PyTorch compiled | ratio to the better |")
    print("| --- | --- | --- | --- | --- |")
    for case in map(Case, arguments.cases):
        steps = "30" if int(case.batch) == 1 else arguments.steps
        commands = {"tandem": tandem(case, steps, arguments.threads)}
        for how in ("eager", "compiled"):
            commands[how] = pytorch(arguments.python, arguments.script, case, steps, how, arguments.threads)
        rates = {name: [] for name in commands}
        for _ in range(arguments.rounds):
            for name, command in commands.items():
                rates[name].append(images_per_second(command))
        median = {name: statistics.median(values) for name, values in rates.items()}
        better = max(median["eager"], median["compiled"])
        print(f"| {case.text} | {median['tandem']:.1f} | {median['eager']:.1f} | {median['compiled']:.1f} "
              f"| {median['tandem'] / better:.2f} |", flush=True)


if __name__ == "__main__":
    main()
