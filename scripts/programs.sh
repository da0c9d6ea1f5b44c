# Finds or brings the programs that some tests need beside Python: the mosquitto broker and a Chromium. Sourced by scripts/test.
# shellcheck shell=bash

PROGRAMS=$OPEN_EV_CACHE/programs

# What is unpacked here, and what Debian keeps away from ordinary users, comes after all that the user has.
export PATH=$PATH:/usr/local/sbin:/usr/sbin:$PROGRAMS/bin

# The browser goes by many names and is not always on PATH: the end-to-end tests read where it is. Empty when there is none.
export OPEN_EV_CHROMIUM=${OPEN_EV_CHROMIUM:-}

# Prints the path of the first of the given programs that runs.
first_that_runs() {
    local program
    for program; do
        if program=$(command -v "$program") && runs "$program"; then
            echo "$program"
            return
        fi
    done
    return 1
}

# mosquitto has no option that ends with success, but says its name when it is asked for help.
runs() {
    case $1 in
        *mosquitto) [[ $("$1" -h 2>&1) == 'mosquitto version'* ]] ;;
        *) "$1" --version >/dev/null 2>&1 ;;
    esac
}

# unpack_program NAME BINARY PACKAGE COMPANION...
#
# Unpacks a Debian package and writes PROGRAMS/bin/NAME, which runs BINARY (a path in the package, or below /) with its libraries.
# COMPANIONS are packages that are wanted beside it even where the system has them. Prints the path of what it wrote.
unpack_program() {
    local name=$1 binary=$2 package=$3 prefix=$PROGRAMS/$3 libraries
    [[ $binary == /* ]] || binary=$prefix/$binary
    shift 2
    has_debian_tools || return
    mkdir -p "$PROGRAMS/bin"
    say "Fetching Debian's $package"
    unpack_debian "$prefix" system "$package" -- "$@" || return
    libraries=$(find "$prefix" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
    cat >"$prefix/fonts.conf" <<EOF
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>$prefix/usr/share/fonts</dir>
  <cachedir>$prefix/fontcache</cachedir>
</fontconfig>
EOF
    cat >"$PROGRAMS/bin/$name" <<EOF
#!/bin/sh
export LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:+:}\${LD_LIBRARY_PATH:-}"
export FONTCONFIG_FILE="$prefix/fonts.conf"
exec "$binary" "\$@"
EOF
    chmod +x "$PROGRAMS/bin/$name"
    first_that_runs "$PROGRAMS/bin/$name"
}

# Sees to it that mosquitto is on PATH.
find_mosquitto() {
    { first_that_runs mosquitto || unpack_program mosquitto usr/sbin/mosquitto mosquitto; } >/dev/null
}

# Sets OPEN_EV_CHROMIUM: one that is installed, else Debian's, else the one that playwright downloads.
find_chromium() {
    [[ -z $OPEN_EV_CHROMIUM ]] || return 0
    local mac=/Applications browsers=$PROGRAMS/browsers
    OPEN_EV_CHROMIUM=$(first_that_runs chromium chromium-browser google-chrome google-chrome-stable \
        "$mac/Chromium.app/Contents/MacOS/Chromium" "$mac/Google Chrome.app/Contents/MacOS/Google Chrome" \
        "$browsers"/chromium*/*/{headless_shell,chrome-headless-shell}) ||
        OPEN_EV_CHROMIUM=$(unpack_program chromium usr/lib/chromium/chromium-headless-shell \
            chromium-headless-shell chromium-common fonts-dejavu-core) ||
        {
            say "Downloading a Chromium" &&
                PLAYWRIGHT_BROWSERS_PATH=$browsers "$DEMO_ENV/bin/playwright" install --only-shell chromium >"$PROGRAMS/browsers.log" 2>&1 &&
                OPEN_EV_CHROMIUM=$(first_that_runs "$browsers"/chromium*/*/{headless_shell,chrome-headless-shell})
        }
}

# Sees to it that playwright starts: its own Node.js leans on a library that a small system lacks.
find_playwright() {
    local node
    node=$(echo "$DEMO_ENV"/lib/python*/site-packages/playwright/driver/node)
    runs "$node" && return
    PLAYWRIGHT_NODEJS_PATH=$(first_that_runs "$PROGRAMS/bin/playwright-node" ||
        unpack_program playwright-node "$node" libatomic1) || return
    export PLAYWRIGHT_NODEJS_PATH
}
