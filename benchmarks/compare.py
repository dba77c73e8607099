"""Tandem and PyTorch on this machine, in turn (A B C A B C ...), medians and ratios.

usage: compare.py --python PYTHON_WITH_TORCH [--rounds 3] [--steps 4] [--threads 2] [CASE ...]
A case is mode:recipe:batch, such as train:paper:128 or infer:paper:1. PyTorch runs eager and compiled;
the ratio is against the better of the two.
"""
import argparse
import json
import pathlib
import statistics
import subprocess

HOME = pathlib.Path(__file__).resolve().parent
CASES = ["train:paper:128", "train:owt:128", "infer:paper:64", "infer:paper:1"]


def last_json(command):
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output.strip().splitlines()[-1])


def tandem(mode, recipe, batch, steps, threads):
    return [str(HOME.parent / "tandem"), "bench", "--recipe", recipe, "--batch", batch, "--mode", mode, "--steps", steps,
            "-D", f"tandem.cpu.threads={threads}", "--json"]


def pytorch(python, mode, recipe, batch, steps, how, threads):
    return [python, str(HOME / "peer_pytorch.py"), mode, recipe, batch, steps, how, threads]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", default="4")
    parser.add_argument("--threads", default="2")
    parser.add_argument("cases", nargs="*", default=CASES)
    arguments = parser.parse_args()
    print("| case | Tandem img/s | PyTorch eager | PyTorch compiled | ratio to the better |")
    print("| --- | --- | --- | --- | --- |")
    for case in arguments.cases:
        mode, recipe, batch = case.split(":")
        steps = "30" if int(batch) == 1 else arguments.steps
        commands = {
            "tandem": tandem(mode, recipe, batch, steps, arguments.threads),
            "eager": pytorch(arguments.python, mode, recipe, batch, steps, "eager", arguments.threads),
            "compiled": pytorch(arguments.python, mode, recipe, batch, steps, "compiled", arguments.threads),
        }
        rates = {name: [] for name in commands}
        for _ in range(arguments.rounds):
            for name, command in commands.items():
                rates[name].append(last_json(command)["imagesPerSecond"])
        median = {name: statistics.median(values) for name, values in rates.items()}
        better = max(median["eager"], median["compiled"])
        print(f"| {case} | {median['tandem']:.1f} | {median['eager']:.1f} | {median['compiled']:.1f} "
              f"| {median['tandem'] / better:.2f} |", flush=True)


if __name__ == "__main__":
    main()
