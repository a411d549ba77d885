#!/bin/sh
# Make .venv hold exactly what requirements.lock names; safe to run again after any interruption.
# The stamp is written last, so a half-finished run is never taken for a finished one; a run that was killed
# leaves its mark `unfinished`, and the next one begins anew.
set -eu
cd "$(dirname "$0")/.."

venv=.venv
stamp=$venv/.installed
unfinished=$venv/.unfinished
need_mb=2048

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for name in python3.11 python3.12 python3.13 python3.14 python3 python; do
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    say "Schoolmark needs Python 3.11 or newer with venv (on Debian or Ubuntu: the packages python3 and python3-venv)."
    say "None of python3.11 to python3.14, python3, python on the PATH is that. Install one and run make again."
    return 1
}

usable() {
    [ ! -e "$unfinished" ] && "$venv/bin/python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

rm -f "$stamp"
if ! usable; then
    free_mb=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
    if [ "$free_mb" -lt "$need_mb" ]; then
        say "The disk of $(pwd) has $free_mb MB free; the first run needs $need_mb MB. Free some and run make again."
        exit 1
    fi
    python=$(find_python)
    say "First use: making $venv with $python and installing what requirements.lock names (a minute or two)."
    rm -rf "$venv"
    mkdir -p "$venv"
    touch "$unfinished"
    "$python" -m venv "$venv"
fi
touch "$unfinished"

pip="$venv/bin/python -m pip --disable-pip-version-check --quiet"
$pip install --require-hashes --only-binary :all: --requirement requirements.lock || {
    say "The installation stopped (the lines above say why). Nothing is broken: run the same command again to go on."
    exit 1
}
# setuptools came with the lock, so nothing unpinned is fetched here
$pip install --no-deps --no-build-isolation --no-index --config-settings editable_mode=compat --editable .
rm "$unfinished"
pwd > "$stamp"
