# Where everything that this project installs lives, and how its scripts speak. Sourced by the other scripts.
# shellcheck shell=bash

set -euo pipefail

OPEN_EV_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
OPEN_EV_CACHE=${OPEN_EV_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/open-ev}
TEST_ENV=$OPEN_EV_CACHE/test
DEMO_ENV=$OPEN_EV_CACHE/demo
export OPEN_EV_ROOT OPEN_EV_CACHE TEST_ENV DEMO_ENV

# Says what is going on, and stays out of the way of what a command prints for another program.
say() {
    printf '\033[1m==>\033[0m %s\n' "$*" >&2
}

# Ends the script with one line that says what failed and what to do about it.
fail() {
    printf '\033[1;31mFailed:\033[0m %s\n' "$*" >&2
    exit 1
}

# Whoever asks for help gets what the script says of itself at its top, and not first an environment.
if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
    exit
fi
