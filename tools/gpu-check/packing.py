"""Makes one archive of what gpu-check needs on a machine that has a driver and Python, and no JDK."""
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

HOME = pathlib.Path(__file__).resolve().parent
REPOSITORY = HOME.parent.parent
# Together with the tracked files of the repository, which travel along.
MOST_BYTES = 60 << 20
MODULES = ("java.base,java.desktop,java.instrument,java.management,java.naming,java.sql,jdk.management,"
           "jdk.unsupported,jdk.zipfs")
# The CPU backend's libraries are too large, and ArchUnit checks the sources.
LEFT_OUT = "org.nd4j,org.bytedeco,com.tngtech.archunit,com.google.flatbuffers,net.bytebuddy"
# JCuda's bindings of what is not used: of the assembler, the compiler and the runtime.
LEFT_OUT_NATIVES = ("libJNvPTXCompiler", "libJNvrtc", "libJCudaRuntime")
SCRIPTS = ("gpu-check", "records.py", "worker.py", "plan.py", "peer.py", "predictions.json")


def call(command, **how):
    return subprocess.run([str(word) for word in command], check=True, **how)


def tracked_bytes():
    names = call(["git", "ls-files", "-z"], cwd=REPOSITORY, stdout=subprocess.PIPE).stdout.split(b"\0")
    paths = [REPOSITORY / name.decode() for name in names if name]
    return sum(path.stat().st_size for path in paths if path.is_file())


def without(jar, names):
    """Leaves files out of a jar."""
    part = jar.with_suffix(".part")
    with zipfile.ZipFile(jar) as source, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            if not any(name in entry.filename for name in names):
                target.writestr(entry, source.read(entry))
    part.replace(jar)


def fill(root):
    """Everything that is packed, in a folder."""
    jars = root / "lib"
    call(["mvn", "-q", "-B", "-DskipTests", "package", "dependency:copy-dependencies", f"-DoutputDirectory={jars}",
          "-DincludeScope=test", f"-DexcludeGroupIds={LEFT_OUT}", "-pl", "tools/gpu-check", "-am"],
         cwd=REPOSITORY)
    for jar in (HOME / "target").glob("tandem-gpu-check-*.jar"):
        shutil.copy(jar, jars)
    for jar in jars.glob("jcuda-natives-*.jar"):
        without(jar, LEFT_OUT_NATIVES)
    tests = REPOSITORY / "backend-cuda/target/test-classes"
    with zipfile.ZipFile(jars / "tests.jar", "w", zipfile.ZIP_DEFLATED) as jar:
        for file in sorted(path for path in tests.rglob("*") if path.is_file()):
            jar.write(file, file.relative_to(tests))
    # Uncompressed, it packs better.
    call(["jlink", "--add-modules", MODULES, "--compress=0", "--strip-debug", "--no-header-files", "--no-man-pages",
          "--output", root / "runtime"])
    for name in SCRIPTS:
        shutil.copy(HOME / name, root)
    shutil.copy(REPOSITORY / "benchmarks/peer_pytorch.py", root)


def pack(target):
    if not os.access(target.absolute().parent, os.W_OK):
        sys.exit(f"gpu-check pack: no folder to write to, got {target.absolute().parent}. Make it, or name another.")
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder) / "gpu-check"
        fill(root)
        part = target.with_name(target.name + ".part")
        with tarfile.open(part, "w:xz", preset=6) as tar:
            tar.add(root, "gpu-check")
    size, tracked = part.stat().st_size, tracked_bytes()
    if size + tracked > MOST_BYTES:
        part.unlink()
        sys.exit(f"gpu-check: the pack and the repository are too large, got {(size + tracked) / (1 << 20):.1f} MiB, "
                 f"expected at most {MOST_BYTES >> 20}. Leave more out.")
    part.replace(target)
    print(f"{target}: {size / (1 << 20):.1f} MiB, with the repository's files {(size + tracked) / (1 << 20):.1f} of at "
          f"most {MOST_BYTES >> 20} MiB")
