"""A process that measures: takes sections on its standard input, and answers with lines of JSON. It can be killed at
any moment; what it has written is known then."""
import queue
import subprocess
import threading
import time

import records

# What a section may take longer than it was told before its process is killed.
GRACE_SECONDS = 8


class Worker:
    def __init__(self, name, command, environment, log):
        self.name, self.command, self.environment, self.log = name, command, environment, log
        self.process, self.lines = None, None

    def start(self):
        out = open(self.log, "ab")
        self.process = subprocess.Popen(self.command, env=self.environment, text=True, bufsize=1, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=out)
        out.close()
        self.lines = queue.Queue()
        threading.Thread(target=self.read, args=(self.process.stdout, self.lines), daemon=True).start()

    @staticmethod
    def read(stream, lines):
        with stream:
            for text in stream:
                lines.put(text)
        lines.put(None)

    def run(self, section, request, seconds, found):
        """Has the process do a section, and adds its records to those found. What takes too long is cut off, and what
        dies is told; the next section begins with a new process."""
        if not self.process or self.process.poll() is not None:
            self.start()
        try:
            self.process.stdin.write(request + "\n")
            self.process.stdin.flush()
        except OSError:
            pass  # its end is found below
        ends = time.monotonic() + seconds + GRACE_SECONDS
        while True:
            try:
                text = self.lines.get(timeout=max(0.01, ends - time.monotonic()))
            except queue.Empty:
                self.kill()
                found.add(section, "cut off", f"after {seconds + GRACE_SECONDS:.0f} s", ok=False)
                return
            if text is None:
                status = self.process.wait()
                self.forget()
                found.add(section, "process", f"{self.name} ended with status {status}: {self.last_words()}", ok=False)
                return
            record = records.line(text)
            if record is None or "begin" in record:
                continue
            if "end" in record:
                return
            more = {key: value for key, value in record.items() if key not in ("section", "name", "text", "ok")}
            found.add(section, record["name"], record["text"], record.get("ok", True), **more)

    def last_words(self):
        with open(self.log, errors="replace") as log:
            lines = [text.strip() for text in log if text.strip()]
        errors = [text for text in lines if "Error" in text or "Exception" in text or "error" in text]
        return (errors or lines or ["nothing in its log"])[-1][:300]

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.forget()

    def forget(self):
        try:
            self.process.stdin.close()
        except OSError:
            pass  # what it was sent last is lost with it
        self.process = None
