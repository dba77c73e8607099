"""The PyTorch process of gpu-check: reads a case as JSON from each line of standard input, and answers with its time.

    peer.py DEVICE STEPS WARM_UP_SECONDS    measures: CASE and SECONDS in each line
    peer.py compile CASE ...                steps once in each case, so that what is compiled lies in the cache
"""
import json
import statistics
import sys
import time
import traceback

import torch

import peer_pytorch

BLOCK = 10


def made(case, device):
    return peer_pytorch.Steps(case["mode"], case["recipe"], case["batch"], case["how"], device, case["precision"],
                              case.get("channelsLast", False), case.get("ahead", False))


def measure(case, device, count, warm_up, seconds):
    """Times blocks of steps, each ended by reading the loss, as Tandem's are."""
    ends = time.monotonic() + seconds
    began = time.monotonic()
    steps = made(case, device)
    for _ in range(2):
        steps.step().item()
    prepared = time.monotonic() - began
    warm = min(time.monotonic() + warm_up, ends - seconds / 4)
    done = 0
    while time.monotonic() < warm and done < count:
        steps.step().item()
        done += 1
    block = BLOCK if case["mode"] == "train" and count >= BLOCK else 1
    times = []
    while len(times) * block < count and not (times and time.monotonic() > ends):
        began = time.perf_counter()
        for _ in range(block):
            result = steps.step()
        value = result.item()
        times.append(1000 * (time.perf_counter() - began) / block)
    times.sort()
    median, last = statistics.median(times), len(times) - 1
    low, high = times[last // 10], times[last - last // 10]
    return {"name": name(case), "ok": value == value,
            "text": f"{median:.2f} ms ({low:.2f} to {high:.2f} of {len(times) * block} steps), "
                    f"{1000 * case['batch'] / median:,.0f} images/s; ready in {prepared:.1f} s",
            "milliseconds": median, "low": low, "high": high, "imagesPerSecond": 1000 * case["batch"] / median,
            "config": case, "version": torch.__version__}


def name(case):
    words = [case["mode"], case["precision"], case["how"], "NHWC" if case.get("channelsLast") else "NCHW"]
    return " ".join([*words, *(["sent ahead"] if case.get("ahead") else []), str(case["batch"])])


def tell(record):
    print(json.dumps(record), flush=True)


def main(device, count, warm_up):
    if device != "cpu":
        torch.backends.cudnn.benchmark = True  # PyTorch's best
    for text in sys.stdin:
        request = json.loads(text)
        case = request["case"]
        try:
            tell(measure(case, device, int(count), float(warm_up), request["seconds"]))
        except Exception as e:  # one case must not end the others
            traceback.print_exc()
            first = (str(e).splitlines() or [""])[0]
            tell({"name": name(case), "ok": False, "text": f"{type(e).__name__}: {first[:200]}", "config": case})
        if case["how"] == "compiled":
            torch.compiler.reset()
        if device != "cpu":
            torch.cuda.empty_cache()
        tell({"end": "torch"})


if __name__ == "__main__":
    if sys.argv[1] == "compile":
        for each in sys.argv[2:]:
            made(json.loads(each), "cuda").step().item()
    else:
        main(*sys.argv[1:])
