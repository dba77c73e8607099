"""What is known so far: a line of JSON for each result, on disk before anything else happens, and their summary."""
import json
import os
import pathlib
import statistics
import time

HOME = pathlib.Path(__file__).resolve().parent
# What comes back of the output is bounded; the file holds everything.
MOST_SUMMARY_CHARACTERS = 9000


class Deadline:
    """The time that is left for all, and what a section may take of it."""

    def __init__(self, seconds, clock=time.monotonic):
        self.clock = clock
        self.began = clock()
        self.ends = self.began + seconds

    def elapsed(self):
        return self.clock() - self.began

    def left(self):
        return max(0.0, self.ends - self.clock())

    def share(self, cap, reserve=5):
        """The seconds that a section with this cap gets; a reserve is left for the summary."""
        return max(0.0, min(cap, self.left() - reserve))


class Records:
    """Appends each record to a file and syncs it; prints a short row."""

    def __init__(self, file, deadline, say=print):
        self.file, self.deadline, self.say = file, deadline, say
        self.rows, self.card = [], ""
        self.out = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)

    def add(self, section, name, text, ok=True, **data):
        row = {"seconds": round(self.deadline.elapsed(), 1), "card": self.card, "section": section, "name": name,
               "ok": ok, "text": text, **data}
        self.rows.append(row)
        os.write(self.out, (json.dumps(row) + "\n").encode())
        os.fsync(self.out)
        self.say(f"{row['seconds']:6.1f} {section:11} {'' if ok else 'FAILED '}{name}: {text}"[:400], flush=True)

    def failed(self):
        return [row for row in self.rows if not row["ok"]]

    def of(self, section):
        return [row for row in self.rows if row["section"] == section]


def line(record):
    """The record of a line that a process wrote; None if it is no such line."""
    if not record.startswith("{"):
        return None
    try:
        found = json.loads(record)
    except ValueError:
        return None
    return found if isinstance(found, dict) and {"begin", "end", "name"} & found.keys() else None


def training_table(records):
    """Tandem against the best of PyTorch in the same precision, at batch 128."""
    peers = {}
    for row in records.of("torch"):
        if "milliseconds" in row and row["config"]["mode"] == "train":
            peers.setdefault(row["config"]["precision"], []).append((row["milliseconds"], row["name"]))
    lines = ["| training, batch 128 | ms a step | images/s | PyTorch's best | ratio | PyTorch's median |",
             "| --- | --- | --- | --- | --- | --- |"]
    for row in records.of("train"):
        data = row.get("data") or {}
        if "milliseconds" not in data:
            continue
        found = peers.get(row["name"].split()[0], [])
        best, name = min(found) if found else (None, "")
        ratio = f"{best / data['milliseconds']:.2f}" if best else ""
        median = f"{statistics.median(time for time, _ in found):.2f}" if found else ""
        lines.append(f"| {row['name']} | {data['milliseconds']:.2f} | {data['imagesPerSecond']:,.0f} | "
                     f"{f'{best:.2f} ({name})' if best else 'none'} | {ratio} | {median} |")
    return lines if len(lines) > 2 else []


def layer_table(records):
    """Each layer's time beside its prediction: measured/predicted of the whole layer, without the update."""
    predicted = json.loads((HOME / "predictions.json").read_text())
    columns = {row["name"]: row["data"]["layers"] for row in records.of("layers")
               if "layers" in (row.get("data") or {})}
    if not columns:
        return []
    names = list(dict.fromkeys(layer for layers in columns.values() for layer in layers))
    lines = ["| ms: forward / data / weights (sum predicted) | " + " | ".join(columns) + " |",
             "| --- |" + " --- |" * len(columns)]
    for layer in names:
        cells = []
        for column, layers in columns.items():
            parts = layers.get(layer, [0, 0, 0, 0])
            expected = predicted["layers"].get(column, {}).get(layer)
            cells.append("/".join(f"{part:.2f}" for part in parts[:3]) +
                         (f" ({sum(expected):.2f})" if expected else ""))
        lines.append(f"| {layer[:24]} | " + " | ".join(cells) + " |")
    updates = [f"{sum(parts[3] for parts in layers.values()):.2f}" for layers in columns.values()]
    sums = [f"{sum(sum(parts) for parts in layers.values()):.1f}" +
            (f" ({predicted['step'][column]})" if column in predicted["step"] else "")
            for column, layers in columns.items()]
    return [*lines, "| update | " + " | ".join(updates) + " |", "| all | " + " | ".join(sums) + " |"]


def summary(records, most=MOST_SUMMARY_CHARACTERS):
    """The last words: failures first, as they must not be cut off."""
    failed = records.failed()
    head = [f"== {records.card or 'no card'}; {records.deadline.elapsed():.0f} s; {len(records.rows)} results in "
            f"{os.path.basename(records.file)}; failed: {len(failed)}"]
    head += [f"FAILED {row['section']} {row['name']}: {row['text']}"[:300] for row in failed[:20]]
    tables = [*training_table(records), *layer_table(records)]
    text = "\n".join(head)
    for row in tables:
        if len(text) + len(row) + 20 > most:
            text += "\n(cut; see the file)"
            break
        text += "\n" + row
    return text[:most]
