#!/usr/bin/env bash
# Installs the Debian packages of the list files given, as far as they are
# missing. Says nothing and needs neither network nor rights when all are there.
set -euo pipefail

if ! command -v dpkg-query >/dev/null; then
  echo "deskfall: this is not Debian; going on with what is installed." >&2
  echo "What it needs stands in: $*" >&2
  exit 0
fi

missing=()
while read -r package; do
  if ! dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null |
      grep -qx installed; then
    missing+=("$package")
  fi
done < <(grep -hv -e '^#' -e '^$' -- "$@")
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "deskfall: these packages are missing, and installing them takes" >&2
    echo "root rights: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "deskfall: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends \
  "${missing[@]}" >/dev/null
