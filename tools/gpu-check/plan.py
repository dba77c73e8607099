"""What is measured, in which order, and for how long at most: what teaches most comes first."""
import glob
import json
import os
import pathlib
import platform
import shutil
import signal
import subprocess
import sys
import sysconfig

import records
import worker

HOME = pathlib.Path(__file__).resolve().parent
# Seconds. Those that Plan has no method for are sections of the Java process.
CAPS = {"machine": 15, "open": 25, "micro": 15, "train": 60, "torch": 110, "determinism": 25, "layers": 25,
        "shapes": 30, "conformance": 90, "training": 25, "sizes": 45, "sanitizer": 130}
MAIN = "dev.tandem.gpucheck.GpuCheck"
SANITIZER_SECONDS = 40


# On a driver for rehearsals PyTorch computes on the processor: little, so that it is in time on any.
PEER_SIZES = {"real": ("paper", 128), "books": ("paper", 4), "emulated": ("small", 2)}


def cases(driver):
    """PyTorch's, the dearest knowledge first. The rest begins with a compiled one."""
    recipe, batch = PEER_SIZES[driver]
    size = {"mode": "train", "recipe": recipe, "batch": batch}
    eager = [dict(size, how="eager", precision=precision, channelsLast=last)
             for precision in ("tf32", "bf16", "f32") for last in (False, True)]
    compiled = [dict(size, how="compiled", precision=precision, channelsLast=last)
                for precision in ("tf32", "bf16") for last in (False, True)]
    ahead = [dict(case, ahead=True) for case in compiled if case["channelsLast"]]
    return eager[:4], [*compiled, *eager[4:], *ahead, dict(compiled[0], precision="f32")]


class Machine:
    """Where Java, Python and the driver are, and how they are called."""

    def __init__(self, arguments, folder):
        self.driver = arguments.driver or "real"
        self.python, self.patience = arguments.python, arguments.patience
        self.real = self.driver == "real"
        self.small = self.driver == "emulated"
        folders = [*arguments.libraries, *library_folders(self.python)]
        given = filter(None, os.environ.get("LD_LIBRARY_PATH", "").split(":"))
        self.environment = {
            **os.environ,
            "LD_LIBRARY_PATH": ":".join(map(os.path.abspath, [*folders, *given])),
            # As nvidia-smi counts the devices.
            "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
            # The driver's compiled kernels and PyTorch's, for the processes of this run.
            "CUDA_CACHE_PATH": os.path.join(folder, "jit"),
            "TORCHINDUCTOR_CACHE_DIR": os.path.join(folder, "inductor"),
            # What Tandem measures, such as cuDNN's algorithms, comes back with the results.
            "XDG_CACHE_HOME": os.path.abspath(os.path.join(arguments.out, "cache")),
            "PYTHONUNBUFFERED": "1",
        }
        if not self.real:
            self.environment["TANDEM_EMULATED_DEVICES"] = "1"
            self.environment["TANDEM_EMULATED_NULL"] = str(int(self.driver == "books"))
        steps, warm = (4, "0.2") if self.small else (20, "0.2") if self.driver == "books" else (200, "3")
        self.java = [str(HOME / "runtime/bin/java"), "-Djava.awt.headless=true", "-cp",
                     ":".join(map(str, sorted((HOME / "lib").glob("*.jar")))),
                     MAIN, self.driver, str(steps), warm, str(HOME / "lib/tests.jar")]
        device, peer_steps = ("cuda", steps) if self.real else ("cpu", 2)
        self.peer = [self.python, str(HOME / "peer.py"), device, str(peer_steps), warm]


def library_folders(python):
    """Where pip put NVIDIA's libraries, such as .../nvidia/cublas/lib or .../nvidia/cu13/lib."""
    code = "import sysconfig; print(*{sysconfig.get_paths()[k] for k in ('purelib', 'platlib')}, sep='\\n')"
    try:
        roots = subprocess.run([python, "-c", code], text=True, stdout=subprocess.PIPE, check=True).stdout.split("\n")
    except (OSError, subprocess.CalledProcessError):
        roots = list({sysconfig.get_paths()[key] for key in ("purelib", "platlib")})
    return sorted({os.path.dirname(file) for root in filter(None, roots)
                   for name in ("libcublas.so.1*", "libcudnn.so.9", "libnvrtc.so.1*")
                   for file in glob.glob(f"{root}/nvidia/**/{name}", recursive=True)})


class Plan:
    def __init__(self, machine, found, deadline, out):
        self.machine, self.found, self.deadline = machine, found, deadline
        environment = machine.environment
        self.java = worker.Worker("Java", machine.java, environment, os.path.join(out, "java.log"))
        self.peer = worker.Worker("PyTorch", machine.peer, environment, os.path.join(out, "torch.log"))
        self.compiling = None
        self.out = out

    def run(self, only):
        for section in only or CAPS:
            seconds = self.deadline.share(CAPS[section] * self.machine.patience)
            if seconds < 2:
                self.found.add(section, "skipped", "no time left")
                continue
            try:
                own = getattr(self, f"check_{section}", None)
                if own:
                    own(seconds)
                else:
                    self.java.run(section, f"{section} {seconds:.1f}", seconds, self.found)
            except Exception as e:  # the other sections are worth as much
                self.found.add(section, "script", f"{type(e).__name__}: {e}", ok=False)

    def kill(self):
        self.java.kill()
        self.peer.kill()
        if self.compiling:
            self.compiling.kill()

    def query(self, command, seconds=10):
        try:
            done = subprocess.run(command, env=self.machine.environment, text=True, timeout=seconds,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            return done.returncode, done.stdout
        except (OSError, subprocess.TimeoutExpired) as e:
            return 124, f"{type(e).__name__}: {command[0]}"

    # ---- sections that are not Java's alone

    def check_machine(self, seconds):
        smi = shutil.which("nvidia-smi")
        ask = [smi, "--query-gpu=name,driver_version,memory.total,clocks.max.sm", "--format=csv,noheader"]
        card = self.query(ask)[1].strip() if smi else "no nvidia-smi"
        self.found.card = card.split(",")[0] if smi else f"the {self.machine.driver} driver"
        self.found.add("machine", "card", card)
        cpu = next((text.split(":")[1].strip() for text in open("/proc/cpuinfo") if text.startswith("model name")),
                   platform.machine())
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
        self.found.add("machine", "host", f"{os.cpu_count()} x {cpu}, {memory:.0f} GB, {platform.platform()}")
        tools = [f"{tool} {'here' if tool_path(tool) else 'missing'}" for tool in ("compute-sanitizer", "ncu", "nvcc")]
        torch = self.torch_version()
        self.found.add("machine", "python", f"{sys.version.split()[0]}, torch {torch or 'missing'}, {', '.join(tools)}")
        if torch:
            self.peer.start()  # it is long in starting
            if self.machine.real and compiler():
                self.compile_ahead()

    def torch_version(self):
        """Without importing it, which takes long; empty if there is none."""
        code = "from importlib import metadata as m; print(m.version('torch'))"
        status, answer = self.query([self.machine.python, "-c", code])
        return answer.strip() if status == 0 else ""

    def compile_ahead(self):
        """At low priority, into the cache that the measuring process uses later."""
        first, second = cases(self.machine.driver)
        wanted = [json.dumps(case) for case in second if case["how"] == "compiled" and not case.get("ahead")]
        with open(os.path.join(self.out, "compile.log"), "wb") as log:
            self.compiling = subprocess.Popen(
                ["nice", "-n", "19", self.machine.python, str(HOME / "peer.py"), "compile", *wanted],
                env=dict(self.machine.environment, TORCHINDUCTOR_COMPILE_THREADS="4"), stdout=log, stderr=log)

    def check_torch(self, seconds):
        if not self.torch_version():
            self.found.add("torch", "skipped", f"no torch in {self.machine.python}")
            return
        ends = records.Deadline(seconds)
        first, second = cases(self.machine.driver)
        for case in [*first, *(second if self.machine.real else second[:1])]:
            left = ends.left()
            if left < 3:
                self.found.add("torch", "skipped", f"no time left for {case['how']} {case['precision']}")
                continue
            if case["how"] == "compiled" and not compiler():
                self.found.add("torch", "skipped", f"no C compiler for {case['how']} {case['precision']}")
                continue
            most = min(left, (40 if case["how"] == "compiled" else 15) * self.machine.patience)
            self.peer.run("torch", json.dumps({"case": case, "seconds": most}), most, self.found)
        if self.compiling:
            state = self.compiling.poll()
            words = "still under way" if state is None else f"ended with status {state}"
            self.found.add("torch", "compiling ahead", words)

    def check_sanitizer(self, seconds):
        self.kill()
        tool = tool_path("compute-sanitizer")
        if not tool or not self.machine.real:
            self.found.add("sanitizer", "skipped", "not on this machine" if not tool else "needs a GPU")
            return
        for kind in ("memcheck", "racecheck", "synccheck"):
            most = min(SANITIZER_SECONDS, self.deadline.share(SANITIZER_SECONDS))
            if most < 10:
                self.found.add("sanitizer", kind, "skipped: no time left")
                continue
            log = os.path.join(self.out, "sanitizer.log")
            command = [tool, f"--tool={kind}", "--error-exitcode=99", "--log-file", log, *self.machine.java]
            # Java is the tool's child, so both are ended by their group.
            process = subprocess.Popen(command, env=self.machine.environment, text=True, start_new_session=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            try:
                answer = process.communicate("sanitize 1000\n", timeout=most)[0]
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                self.found.add("sanitizer", kind, f"not done in {most:.0f} s")
                continue
            rows = [row for row in map(records.line, answer.splitlines()) if row and "name" in row]
            with open(log, errors="replace") as lines:
                words = "; ".join(text.strip("= \n") for text in lines if "SUMMARY" in text)
            ok = process.returncode == 0 and len(rows) > 1 and all(row["ok"] for row in rows)
            self.found.add("sanitizer", kind, words or f"exit status {process.returncode}", ok=ok)


def compiler():
    """What Triton or, on the processor, Inductor compiles with; None if there is none."""
    return os.environ.get("CC") or shutil.which("gcc") or shutil.which("g++") or shutil.which("clang")


def tool_path(name):
    return shutil.which(name) or shutil.which(name, path="/usr/local/cuda/bin")

