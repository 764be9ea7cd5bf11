#!/usr/bin/env bash
# Installs what is missing, builds with warnings as errors, runs every test.
# Arguments go to ctest: ./test.sh -R report
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
cmake/packages.sh cmake/packages.txt cmake/packages-test.txt
cmake --preset dev
cmake --build --preset dev
ctest --preset dev --parallel "$(nproc)" "$@"
