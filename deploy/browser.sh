#!/usr/bin/env bash
# The site's tests use a real browser: finds one, or installs Debian's Chromium where that can be done without asking.
set -euo pipefail
if [ -n "${SCHOOLMARK_BROWSER:-}" ]; then exit 0; fi
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null; then exit 0; fi
done
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo 'installing Chromium for the tests of the site'
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null
    exit 0
fi
echo 'The tests of the site need a browser and none is installed: install Chromium (Debian: apt-get install chromium),'
echo 'or name one with SCHOOLMARK_BROWSER=/path/to/program.'
exit 1
