#!/usr/bin/env bash
# Writes anew the table of what each kernel takes of a multiprocessor, from the committed PTX. Run it after ptx.sh and
# commit the result. Needs only Maven: the assembler is in JCuda's natives.
set -euo pipefail
cd "$(dirname "$0")/../../../.."
mvn -o -q -pl backend-cuda -am -Dtest=KernelResourcesTest -Dsurefire.failIfNoSpecifiedTests=false \
    -Dkernel-resources.write=true test
