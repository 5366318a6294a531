# shellcheck shell=bash
# What the scripts share; sourced by them, never run. Their first lines are:
#   set -euo pipefail
#   source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# Everything the scripts install or keep between runs; removing it loses nothing but time.
state=$root/.local
# shellcheck disable=SC2034 # read by the scripts that source this file
venv=$state/venv
# The functions by name, in the order of the alphabet.
functions=("$root"/Sources/Functions/*/)
functions=("${functions[@]%/}")
functions=("${functions[@]##*/}")

say() { printf '%s\n' "$*" >&2; }

# An error the user can act on: exit 1.
fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# A wrong command line: exit 2, as the other tools here do.
usage_error() {
    printf '%s: %s (see --help)\n' "${0##*/}" "$*" >&2
    exit 2
}

# The script's own head comment is its help text: from line 3 to the first line that is no comment.
show_help() { sed -n '3,/^[^#]/s/^# \{0,1\}//p' "$1"; }

# Given the rest of the command line: option $1 has its value in $2. No function that prints the value: `x=$(f) && shift`
# goes on with an empty x when f fails, and what is deleted or asked of AWS depends on these values.
require_value() { [[ $# -ge 2 && -n $2 && $2 != --* ]] || usage_error "$1 needs a value"; }

has() { command -v "$1" >/dev/null 2>&1; }

# Another script's background command (`scripts/test &`) is started with interrupts ignored. Bash cannot trap them then,
# and what it starts ignores them too, unless it sets a handler of its own.
interrupts_ignored=$(trap -p INT)

# How long what heeds interrupts nevertheless may take to tidy up, before the rest is ended by SIGTERM.
tidying_seconds=20

# Ends group $1 as Ctrl-C does, since the tests tidy up then, and waits for its leader.
interrupt_group() {
    kill -INT -- "-$1" 2>/dev/null || true
    if [[ -n $interrupts_ignored ]]; then
        wait_for_end "$1" "$tidying_seconds" || kill -TERM -- "-$1" 2>/dev/null || true
    fi
    wait_for_end "$1"
}

# Waits for process $1 in a trap, where `wait` returns at once if another signal has come. Fails if it is still there
# after $2 seconds.
wait_for_end() {
    local started=$SECONDS
    while [[ -n $(start_time "$1") ]]; do
        [[ -z ${2:-} ]] || ((SECONDS - started < $2)) || return 1
        sleep 0.05
    done
}

# Runs $1 and exits as is usual (128 and the signal's number) when the terminal is closed, at Ctrl-C, when nobody reads
# the output any more, or on SIGTERM. Further signals are ignored, also by what $1 starts: at Ctrl-C some come twice,
# from the terminal and from the script above, and what tidies up is not to be interrupted.
trap_signals() {
    local number
    # HUP, INT, PIPE and TERM by their numbers. No process is started here: a signal may come at any time.
    for number in 1 2 13 15; do
        # shellcheck disable=SC2064 # the command is to be read when it is set
        trap "trap '' HUP INT PIPE TERM; $1; exit $((128 + number))" "$number"
    done
}

untrap_signals() { trap - HUP INT PIPE TERM; }

# step TEXT COMMAND…: runs a command that takes long, its output in .local/log, elapsed time on stderr while it runs.
step() {
    local text=$1 log pid status=0 started=$SECONDS shown
    shift
    require_writable
    mkdir -p "$state/log"
    log=$state/log/$(printf '%s' "$text" | tr -cs 'A-Za-z0-9' '-' | cut -c1-60).log
    # Nobody else's to read: scripts/local start prints keys. A file anew, since one that is open stays readable.
    rm -f "$log"
    (umask 077 && : >"$log")
    shown=$SECONDS
    say "$text …"
    # As a process group, so that an interrupted script takes with it whatever the command has started.
    set -m
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    set +m
    # shellcheck disable=SC2016 # read when a signal comes
    trap_signals 'interrupt_group "$pid"'
    while kill -0 "$pid" 2>/dev/null; do
        if ((SECONDS - shown >= 10)); then
            shown=$SECONDS
            say "  … $((SECONDS - started)) s"
        fi
        sleep 0.1
    done
    wait "$pid" || status=$?
    untrap_signals
    if ((status != 0)); then
        tail -n 40 "$log" >&2
        fail "failed after $((SECONDS - started)) s: $text (whole output: $log)"
    fi
    say "  done in $((SECONDS - started)) s"
}

# The Python the virtual environment is made from. What runs a module (-m), or a program that is no file (-c, -), gives
# it -P, or modules of the folder that the script is called from would come before those that are meant.
find_python() {
    local candidate
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if has "$candidate" && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$candidate"
            return
        fi
    done
    fail "no Python 3.11 or newer found. Install it (Debian 12: apt-get install python3 python3-venv) and run again."
}

# Everything that is installed, built or kept lies in the checkout.
require_writable() {
    { mkdir -p "$state" && [[ -w $root && -w $state ]]; } 2>/dev/null ||
        fail "this checkout ($root) is not writable for $(id -un): clone it to a folder of your own"
}

require_swift() {
    has swift || fail "no Swift found. Install Swift 6.2 or newer from https://www.swift.org/install/linux" \
        "and put its usr/bin on PATH."
}

# shellcheck disable=SC2034
static_scratch=$(realpath -m "$root/.build-static")

# What the linker makes read-only: constants after relocation, and constants apart from code. (docs/security.md)
hardening=(-Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now -Xlinker -z -Xlinker noexecstack -Xlinker --rosegment)

# Without the index of unwind tables, which scripts/build takes out of bootstraps.
smaller=(-Xlinker --no-eh-frame-hdr)

# compile_static PRODUCT…: fully static release builds in .build-static, as bootstraps are, and the linker's map of each
# beside them: PRODUCT.map. Wants scripts/setup before.
compile_static() {
    local name
    export PKG_CONFIG_PATH=$state/curl/lib/pkgconfig
    cd "$root" || return
    # One after the other: SwiftPM takes one product at a time, and the modules they share are compiled once.
    for name in "$@"; do
        # A section per function, so that the linker drops what nothing calls: 48 kB of each zip.
        swift build -c release -j 2 --scratch-path "$static_scratch" --product "$name" -Xswiftc -static-executable \
            -Xswiftc -Xfrontend -Xswiftc -function-sections \
            "${hardening[@]}" "${smaller[@]}" -Xlinker "-Map=$static_scratch/$name.map"
    done
}

# Where scripts/local keeps the local AWS that the other scripts use, unless told otherwise.
# shellcheck disable=SC2034
local_run=$state/run

# Empty when the process has ended, though nobody may have collected it yet (state Z).
start_time() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'; }

# The id of the process that pid file $1 names by its id and start time (a reused id is another process), if it runs.
recorded_process() {
    local pid started
    [[ -f $1 ]] || return 1
    read -r pid started <"$1"
    [[ -n $pid && -n $started && $(start_time "$pid") == "$started" ]] || return 1
    echo "$pid"
}

# Nothing of the user's own AWS configuration goes on from here, neither keys nor a profile, region, endpoint or proxy:
# for everything that talks to the local AWS only.
without_own_aws() {
    local name direct=${NO_PROXY:-${no_proxy:-}}
    for name in "${!AWS_@}"; do
        # Those are a function's, not a client's.
        [[ $name == AWS_LAMBDA_* ]] || unset "$name"
    done
    export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_PAGER=''
    export NO_PROXY=127.0.0.1${direct:+,$direct} no_proxy=127.0.0.1${direct:+,$direct}
}

# Exports endpoint, region and keys of the local AWS whose run directory is $1, each name with prefix $2 (AWS_).
# Fails when none runs there: a port that it left may have become somebody else's.
use_local_aws() {
    local line
    recorded_process "$1/server.pid" >/dev/null && [[ -r $1/environment ]] || return 1
    while read -r line; do
        export "${2:-AWS_}${line#AWS_}"
    done <"$1/environment"
}
