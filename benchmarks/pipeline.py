"""Tandem's loading and packing beside what people use, on this machine and the same files, in turn; medians and ratios.

usage: pipeline.py [--python PYTHON_WITH_NUMPY_AND_PILLOW] [--rounds 3] [--images 1000] [--work DIR] DATA

DATA is anything that `./tandem pack` takes, such as a folder with train/CLASS/FILE. It is packed to a shorter side of 256
once, untimed. Then, per core:
  loading   `./tandem bench --mode data` against Pillow and NumPy reading the same JPEGs out of the same shards: decode,
            random 224-pixel crop of the centre square, reflection, colour noise, mean image, planar float32;
  packing   `./tandem pack --workers 1` against ImageMagick's `mogrify -resize 256x256^ -quality 90` on copies of the same
            files, where mogrify is installed and the files are files of their own.
"""
import argparse
import io
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

HOME = pathlib.Path(__file__).resolve().parent
TANDEM = str(HOME.parent / "tandem")
SIDE = 256
CROP = 224


def tandem(*arguments):
    command = [TANDEM, *[str(argument) for argument in arguments], "--json"]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return json.loads(output.strip().splitlines()[-1])


def jpegs(shards, most):
    """The first images of the training shards."""
    found = []
    for shard in sorted(pathlib.Path(shards).glob("train-*.tar")):
        with tarfile.open(shard) as tar:
            for member in tar:
                if member.name.endswith(".jpg"):
                    found.append(tar.extractfile(member).read())
                    if len(found) == most:
                        return found
    return found


def pillow(shards, most):
    """Images a second of Pillow and NumPy on one core, the JPEGs being in memory."""
    import numpy
    from PIL import Image

    random = numpy.random.default_rng(1)
    mean = numpy.full((3, SIDE, SIDE), 120, numpy.float32)
    components = numpy.diag([120, 30, 15]).astype(numpy.float32)
    batch = numpy.empty((32, 3, CROP, CROP), numpy.float32)
    files = jpegs(shards, most)

    def load(encoded, slot):
        image = Image.open(io.BytesIO(encoded)).convert("RGB")
        left = (image.width - SIDE) // 2
        above = (image.height - SIDE) // 2
        y, x = random.integers(0, SIDE - CROP + 1, 2)
        box = (left + x, above + y, left + x + CROP, above + y + CROP)
        pixels = numpy.asarray(image.crop(box)).transpose(2, 0, 1)
        noise = components @ (0.1 * random.standard_normal(3).astype(numpy.float32))
        out = batch[slot]
        numpy.add(pixels, noise[:, None, None], out=out)
        out -= mean[:, y:y + CROP, x:x + CROP]
        if random.integers(2):
            out[:] = out[:, :, ::-1].copy()

    for i, encoded in enumerate(files[:100]):
        load(encoded, i % 32)
    began = time.perf_counter()
    for i, encoded in enumerate(files):
        load(encoded, i % 32)
    print(json.dumps({"imagesPerSecond": len(files) / (time.perf_counter() - began)}))


def other_pillow(python, shards, images):
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
    command = [python, __file__, "--pillow", shards, "--images", str(images)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment, text=True).stdout
    return json.loads(output)["imagesPerSecond"]


def mogrify(data, work):
    """Images a second of mogrify on one core."""
    copies = pathlib.Path(work) / "mogrify"
    shutil.copytree(data, copies)
    files = [str(path) for path in copies.rglob("*") if path.is_file()]
    began = time.perf_counter()
    command = ["mogrify", "-limit", "thread", "1", "-resize", f"{SIDE}x{SIDE}^", "-quality", "90"]
    # mogrify ends with an error when a file is no image; the others are done all the same.
    for start in range(0, len(files), 500):
        subprocess.run(command + files[start:start + 500], check=False, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - began
    shutil.rmtree(copies)
    return len(files) / seconds


def pack(data, work):
    """Images a second of packing on one core, without the start of the Java machine."""
    out = pathlib.Path(work) / "pack"
    answer = tandem("pack", data, out, "--workers", 1)
    shutil.rmtree(out)
    packed = answer["packed"]
    return (sum(packed["images"].values()) + len(packed["quarantined"])) / packed["seconds"]


def compare(name, ours, other, other_name, rounds):
    rates = {"Tandem": [], other_name: []}
    for _ in range(rounds):
        rates["Tandem"].append(ours())
        rates[other_name].append(other())
    tandems, others = (statistics.median(rates[key]) for key in ("Tandem", other_name))
    print(f"| {name} | {tandems:.0f} | {other_name} {others:.0f} | {tandems / others:.2f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--work", help="where temporary files go")
    parser.add_argument("--pillow", metavar="SHARDS", help=argparse.SUPPRESS)
    parser.add_argument("data", nargs="?")
    arguments = parser.parse_args()
    if arguments.pillow:
        pillow(arguments.pillow, arguments.images)
        return
    if not arguments.data:
        parser.error("DATA is missing")
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        shards = os.path.join(work, "shards")
        tandem("pack", arguments.data, shards, "--side", SIDE)
        shares = []

        def bench():
            answer = tandem("bench", "--mode", "data", "--data", shards, "--recipe", "paper", "--steps", 3)
            shares.append(answer["decodeShare"])
            return answer["imagesPerSecondPerCore"]

        print("| images/s on one core | Tandem | other | ratio |")
        print("| --- | --- | --- | --- |")
        compare("loading", bench, lambda: other_pillow(arguments.python, shards, arguments.images), "Pillow + NumPy",
                arguments.rounds)
        if shutil.which("mogrify") is None:
            print("packing is not compared: mogrify is not installed", file=sys.stderr)
        elif not (pathlib.Path(arguments.data) / "train").is_dir():
            print("packing is not compared: mogrify needs files of their own, in train/CLASS/FILE", file=sys.stderr)
        else:
            compare("packing", lambda: pack(arguments.data, work), lambda: mogrify(arguments.data, work), "mogrify",
                    arguments.rounds)
        print(f"Loading reaches {100 * statistics.median(shares):.0f} % of OpenCV's decoding alone.")


if __name__ == "__main__":
    main()
