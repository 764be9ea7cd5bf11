#!/usr/bin/env bash
# Builds deskfall and runs it. Without arguments it explains the built-in
# incident; arguments go to the program:
#
#   ./run.sh explain support-package.zip -o report.html
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
log=$root/build/run.log
mkdir -p "$root/build"
"$root/cmake/packages.sh" "$root/cmake/packages.txt"

# Standard output belongs to the program; the build speaks only when it fails.
if ! (cd "$root" && cmake --preset release -D BUILD_TESTING=OFF &&
      cmake --build --preset release) >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  echo "deskfall: the build failed; the whole log is $log" >&2
  exit 1
fi

if [ $# -eq 0 ]; then
  set -- demo
fi
exec "$root/build/release/cli/deskfall" "$@"
