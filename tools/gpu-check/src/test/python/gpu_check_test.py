"""Tests of gpu-check's scripts that need neither Java nor a GPU."""
import json
import os
import sys
import tempfile
import unittest
from unittest import mock

import plan
import records
import worker

ANSWERS = """
import sys, time
for line in sys.stdin:
    section, seconds = line.split()
    print('{"begin": "%s"}' % section)
    print('not a record')
    print('{"section": "%s", "name": "first", "ok": true, "text": "known", "data": {"n": 1}}' % section, flush=True)
    if section == "hangs":
        time.sleep(60)
    if section == "dies":
        sys.exit("Error: it died")
    print('{"end": "%s"}' % section, flush=True)
"""


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


class DeadlineTest(unittest.TestCase):
    def test_a_section_gets_its_cap_or_what_is_left_but_for_the_summary(self):
        clock = Clock()
        deadline = records.Deadline(60, clock)
        self.assertEqual(deadline.share(25), 25)
        clock.now += 50
        self.assertEqual(deadline.share(25), 5)
        clock.now += 20
        self.assertEqual((deadline.share(25), deadline.left(), deadline.elapsed()), (0, 0, 70))

    def test_the_sections_together_fit_into_two_commands(self):
        self.assertLessEqual(sum(plan.CAPS.values()), 2 * 460)
        self.assertEqual(list(plan.CAPS)[-1], "sanitizer")


class RecordsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.said = []
        self.file = os.path.join(folder.name, "all.jsonl")
        self.log = os.path.join(folder.name, "log")
        self.found = records.Records(self.file, records.Deadline(60), lambda text, flush: self.said.append(text))
        self.addCleanup(os.close, self.found.out)
        self.found.card = "some card"

    def in_file(self):
        with open(self.file) as lines:
            return [json.loads(line) for line in lines]

    def test_each_record_is_in_the_file_at_once_with_the_card(self):
        self.found.add("micro", "copy", "3 GB/s", data={"seconds": 1})
        self.assertEqual([(row["name"], row["card"], row["data"]) for row in self.in_file()],
                         [("copy", "some card", {"seconds": 1})])
        self.assertIn("copy: 3 GB/s", self.said[0])

    def test_the_summary_begins_with_the_failures_and_is_bounded(self):
        for i in range(300):
            self.found.add("layers", f"tf32 {i}", "x", data={"layers": {f"conv{i}": [1, 2, 3, 4]}})
        self.found.add("conformance", "failed OneTest > y", "expected 1", ok=False)
        text = records.summary(self.found, 2000)
        self.assertIn("failed: 1", text.splitlines()[0])
        self.assertIn("FAILED conformance failed OneTest > y: expected 1", text.splitlines()[1])
        self.assertLessEqual(len(text), 2000)

    def test_training_is_compared_with_the_best_of_the_same_precision(self):
        self.found.add("train", "tf32 libraries 128", "", data={"milliseconds": 10, "imagesPerSecond": 12800})
        for how, precision, milliseconds in (("eager", "tf32", 16), ("compiled", "tf32", 12), ("compiled", "bf16", 8)):
            self.found.add("torch", how, "", milliseconds=milliseconds, config={"mode": "train", "precision": precision})
        self.assertIn("| tf32 libraries 128 | 10.00 | 12,800 | 12.00 (compiled) | 1.20 | 14.00 |",
                      records.summary(self.found))

    def test_layers_stand_beside_their_predictions(self):
        self.found.add("layers", "tf32 own", "", data={"layers": {"conv1": [0.5, 0.1, 2, 0.01]}})
        self.assertIn("| conv1 | 0.50/0.10/2.00 (2.73) |", records.summary(self.found))

    def test_lines_that_are_no_records_are_left_out(self):
        self.assertIsNone(records.line("== text"))
        self.assertIsNone(records.line('{"half": '))
        self.assertIsNone(records.line('{"other": 1}'))
        self.assertEqual(records.line('{"name": "a"}'), {"name": "a"})

    def worker(self):
        process = worker.Worker("Test", [sys.executable, "-c", ANSWERS], dict(os.environ), self.log)
        self.addCleanup(process.kill)
        return process

    def test_a_section_that_hangs_is_cut_off_and_the_next_one_runs(self):
        process = self.worker()
        with mock.patch.object(worker, "GRACE_SECONDS", 0):
            process.run("hangs", "hangs 1", 2, self.found)
        process.run("works", "works 1", 30, self.found)
        self.assertEqual([(row["section"], row["name"], row["ok"]) for row in self.in_file()],
                         [("hangs", "first", True), ("hangs", "cut off", False), ("works", "first", True)])

    def test_a_process_that_dies_is_told_with_its_last_words(self):
        process = self.worker()
        process.run("dies", "dies 1", 30, self.found)
        process.run("works", "works 1", 30, self.found)
        self.assertIn("status 1: Error: it died", self.in_file()[1]["text"])
        self.assertEqual(self.in_file()[2]["section"], "works")


if __name__ == "__main__":
    unittest.main()
