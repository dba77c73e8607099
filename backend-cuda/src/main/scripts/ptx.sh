#!/usr/bin/env bash
# Compiles src/main/cuda to the PTX resource that the backend loads. Needs nvcc; run it after any change of a .cu or
# .cuh file and commit the result. With an argument, writes there instead (the tests compare).
set -euo pipefail
module=$(cd "$(dirname "$0")/../../.." && pwd)
out=${1:-$module/src/main/resources/dev/tandem/backend/cuda/driver}
cd "$module/src/main/cuda"
hash=$(export LC_ALL=C; cat *.cu *.cuh | sha256sum | cut -d' ' -f1)
mkdir -p "$out"

# compile <source> <compute capability> <resource>
compile() {
    nvcc -ptx -arch="compute_$2" -o "$out/$3.new" "$1"
    # PTX ISA 7.0 is all that the kernels need, and drivers from 2020 on read it.
    {
        echo "// Made by src/main/scripts/ptx.sh from src/main/cuda, SHA-256 $hash"
        sed 's/^\.version .*/.version 7.0/' "$out/$3.new"
    } > "$out/$3.edited"
    rm "$out/$3.new"
    mv "$out/$3.edited" "$out/$3"
}
compile tandem.cu 75 exact_75.ptx
compile tf32.cu 80 tf32_80.ptx
compile bf16.cu 80 bf16_80.ptx
