"""How the cost of a step grows with the batch, the threads and the size of the images; writes FILE.json and FILE.svg.

usage: growth.py [--recipe paper] [--batches 1,2,4,...,512] [--threads 1,2] [--crops 112,...,448] [--steps 3]
                 [--from JSON] FILE

Each point is a run of `./tandem bench`. Batches are of --recipe, in training and in inference; crops are of recipe
small at batch 32, whose image size can be set. A run that fails, as for want of memory, is said and left out. --from draws the
numbers of an earlier run again.
"""
import argparse
import html
import json
import math
import pathlib
import subprocess
import sys

HOME = pathlib.Path(__file__).resolve().parent
TANDEM = str(HOME.parent / "tandem")
CROP_BATCH = 32
COLOURS = ["#1b6ca8", "#c8553d", "#2e7d4f", "#7a4fa3"]
WIDTH, HEIGHT, LEFT, TOP, GAP = 360, 250, 64, 56, 80


def numbers(text):
    return [int(word) for word in text.split(",")]


def bench(mode, recipe, batch, threads, steps, *settings):
    command = [TANDEM, "bench", "--mode", mode, "--recipe", recipe, "--batch", str(batch), "--steps", str(steps), "-D",
               f"tandem.cpu.threads={threads}", *settings, "--json"]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        print(f"left out: {' '.join(command[1:])}: {lines[-1] if lines else done.returncode}", file=sys.stderr)
        return None
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"{mode} {recipe} {' '.join(settings)} batch {batch}, {threads} threads: "
          f"{answer['millisecondsPerStep']:.1f} ms", file=sys.stderr, flush=True)
    return {"mode": mode, "recipe": recipe, "batch": batch, "threads": threads,
            "millisecondsPerStep": answer["millisecondsPerStep"], "gflops": answer["gflops"],
            "residentBytes": answer["residentBytes"]}


def measured(arguments):
    batches, crops = [], []
    for threads in numbers(arguments.threads):
        for mode in ("train", "infer"):
            for batch in numbers(arguments.batches):
                steps = max(arguments.steps, min(100, (800 if mode == "infer" else 300) // batch))
                batches.append(bench(mode, arguments.recipe, batch, threads, steps))
        for crop in numbers(arguments.crops):
            sizes = ["-D", f"tandem.recipes.small.crop={crop}", "-D", f"tandem.recipes.small.image={crop * 8 // 7}"]
            # Java's compiler needs a second or two before short steps are as fast as they become.
            steps = max(arguments.steps, 100 * 112**2 // crop**2)
            point = bench("train", "small", CROP_BATCH, threads, steps, *sizes)
            crops.append(point and dict(point, crop=crop))
    return {"batches": [point for point in batches if point], "crops": [point for point in crops if point]}


def ticks(low, high):
    """Numbers of 1, 2 and 5 and powers of ten that a scale from low to high is marked with."""
    powers = [10.0 ** e for e in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
    found = [m * power for power in powers for m in (1, 2, 5) if low <= m * power <= high]
    return [mark for mark in found if mark in powers] if len(found) > 8 else found


class Panel:
    """A plot with logarithmic scales."""

    def __init__(self, title, across, up, lines, marks, dashed=None):
        self.title, self.across, self.up, self.lines, self.marks, self.dashed = title, across, up, lines, marks, dashed
        ys = [y for points in self.all().values() for _, y in points]
        self.x = (min(marks), max(marks))
        self.y = (min(ys) / 1.25, max(ys) * 1.25)

    def all(self):
        return {**self.lines, **({self.dashed[0]: self.dashed[1]} if self.dashed else {})}

    def at(self, x, y):
        across = math.log(x / self.x[0]) / (math.log(self.x[1] / self.x[0]) or 1)
        up = math.log(y / self.y[0]) / math.log(self.y[1] / self.y[0])
        return WIDTH * across, HEIGHT * (1 - up)

    def svg(self, left):
        parts = [f'<g transform="translate({left},{TOP})">',
                 f'<text x="0" y="-28" font-weight="bold" font-size="14">{html.escape(self.title)}</text>',
                 f'<text x="0" y="-10">{html.escape(self.up)}</text>',
                 f'<text x="{WIDTH}" y="{HEIGHT + 36}" text-anchor="end">{html.escape(self.across)}</text>']
        for mark in ticks(*self.y):
            _, y = self.at(self.x[0], mark)
            parts.append(f'<line stroke="#ddd" x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
            parts.append(f'<text x="-6" y="{y + 4:.1f}" text-anchor="end">{mark:g}</text>')
        for mark in self.marks:
            x, _ = self.at(mark, self.y[0])
            parts.append(f'<line stroke="#ddd" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{HEIGHT}"/>')
            parts.append(f'<text x="{x:.1f}" y="{HEIGHT + 17}" text-anchor="middle">{mark:g}</text>')
        for i, (name, points) in enumerate(self.all().items()):
            dashed = self.dashed is not None and name == self.dashed[0]
            colour = "#666" if dashed else COLOURS[i % len(COLOURS)]
            places = [self.at(x, y) for x, y in points]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            dashes = ' stroke-dasharray="5 4"' if dashed else ""
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>')
            if not dashed:
                parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
            row = HEIGHT + 58 + 18 * i
            parts.append(f'<line x1="0" x2="22" y1="{row - 4}" y2="{row - 4}" stroke="{colour}" stroke-width="2"/>')
            parts.append(f'<text x="28" y="{row}">{html.escape(name)}</text>')
        return "\n".join([*parts, "</g>"])


def threads_text(threads):
    return f"{threads} thread" + ("" if threads == 1 else "s")


def lines_of(points, across, value):
    """The points of each line, by name, in order."""
    lines = {}
    for point in points:
        name = f"{point['mode']}, {threads_text(point['threads'])}"
        lines.setdefault(name, []).append((point[across], value(point)))
    return {name: sorted(found) for name, found in lines.items()}


def per_image(point):
    return point["millisecondsPerStep"] / point["batch"]


def panels(found):
    made = []
    if found["batches"]:
        recipe = found["batches"][0]["recipe"]
        marks = sorted({point["batch"] for point in found["batches"]})
        made.append(Panel(f"Time of an image, recipe {recipe}", "images in a batch", "ms an image",
                          lines_of(found["batches"], "batch", per_image), marks))
        made.append(Panel(f"Memory, recipe {recipe}", "images in a batch", "GB resident",
                          lines_of(found["batches"], "batch", lambda point: point["residentBytes"] / 1e9), marks))
    if found["crops"]:
        lines = lines_of(found["crops"], "crop", per_image)
        marks = sorted({point["crop"] for point in found["crops"]})
        first = max(points[0] for points in lines.values())
        area = [(mark, first[1] * (mark / first[0]) ** 2) for mark in marks]
        made.append(Panel(f"Time of an image, recipe small, batch {CROP_BATCH}", "pixels of the crop's side",
                          "ms an image", lines, marks, ("as the crop's area", area)))
    return made


def picture(found):
    all_panels = panels(found)
    legend = max(len(panel.all()) for panel in all_panels)
    width = LEFT + len(all_panels) * (WIDTH + GAP)
    height = TOP + HEIGHT + 62 + 18 * legend
    body = "\n".join(panel.svg(LEFT + i * (WIDTH + GAP)) for i, panel in enumerate(all_panels))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
            f' viewBox="0 0 {width} {height}">\n'
            f'<rect width="{width}" height="{height}" fill="#fff"/>\n'
            f'<g font-family="sans-serif" font-size="12" fill="#333">\n{body}\n</g>\n</svg>\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="paper")
    parser.add_argument("--batches", default="1,2,4,8,16,32,64,128,256,512")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--crops", default="112,160,224,320,448")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--from", dest="earlier", metavar="JSON")
    parser.add_argument("file", metavar="FILE")
    arguments = parser.parse_args()
    found = json.loads(pathlib.Path(arguments.earlier).read_text()) if arguments.earlier else measured(arguments)
    if not found["batches"] and not found["crops"]:
        sys.exit("growth: nothing was measured; see the lines above")
    pathlib.Path(arguments.file + ".json").write_text(json.dumps(found, indent=1) + "\n")
    pathlib.Path(arguments.file + ".svg").write_text(picture(found))
    print(f"{arguments.file}.json and {arguments.file}.svg")


if __name__ == "__main__":
    main()
