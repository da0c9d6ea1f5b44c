# Finds or brings the programs that some tests need beside Python: the mosquitto broker and a Chromium. Sourced by scripts/test.
# shellcheck shell=bash

# Where they are; empty where they cannot be had. The tests read these.
OPEN_EV_MOSQUITTO=${OPEN_EV_MOSQUITTO:-}
OPEN_EV_CHROMIUM=${OPEN_EV_CHROMIUM:-}
export OPEN_EV_MOSQUITTO OPEN_EV_CHROMIUM

PROGRAMS=$OPEN_EV_CACHE/programs

# Prints the first of the given programs that runs.
first_that_runs() {
    local program
    for program; do
        if program=$(PATH=$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin command -v "$program") && runs "$program"; then
            echo "$program"
            return
        fi
    done
    return 1
}

# mosquitto has no option that ends with success, but it answers the question for help in its own name.
runs() {
    case $1 in
        *mosquitto) "$1" -h 2>&1 | grep -q '^mosquitto version' ;;
        *) "$1" --version >/dev/null 2>&1 ;;
    esac
}

# unpack_program NAME BINARY PACKAGE COMPANION...
#
# Unpacks a Debian package and writes PROGRAMS/bin/NAME, which runs BINARY (a path in the package) with its libraries.
# COMPANIONS are packages that are wanted beside it even where the system has them. Prints the path of what it wrote.
unpack_program() {
    local name=$1 binary=$2 package=$3 prefix=$PROGRAMS/$3 libraries
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
exec "$prefix/$binary" "\$@"
EOF
    chmod +x "$PROGRAMS/bin/$name"
    first_that_runs "$PROGRAMS/bin/$name"
}

# Sets OPEN_EV_MOSQUITTO.
find_mosquitto() {
    [[ -z $OPEN_EV_MOSQUITTO ]] || return 0
    OPEN_EV_MOSQUITTO=$(first_that_runs mosquitto "$PROGRAMS/bin/mosquitto") ||
        OPEN_EV_MOSQUITTO=$(unpack_program mosquitto usr/sbin/mosquitto mosquitto)
}

# Sets OPEN_EV_CHROMIUM: one that is installed, else Debian's, else the one that playwright downloads.
find_chromium() {
    [[ -z $OPEN_EV_CHROMIUM ]] || return 0
    local mac=/Applications browsers=$PROGRAMS/browsers
    OPEN_EV_CHROMIUM=$(first_that_runs chromium chromium-browser google-chrome google-chrome-stable \
        "$mac/Chromium.app/Contents/MacOS/Chromium" "$mac/Google Chrome.app/Contents/MacOS/Google Chrome" \
        "$PROGRAMS/bin/chromium" "$browsers"/chromium*/*/{headless_shell,chrome-headless-shell}) ||
        OPEN_EV_CHROMIUM=$(unpack_program chromium usr/lib/chromium/chromium-headless-shell \
            chromium-headless-shell chromium-common fonts-dejavu-core) ||
        {
            say "Downloading a Chromium" &&
                PLAYWRIGHT_BROWSERS_PATH=$browsers "$DEMO_ENV/bin/playwright" install --only-shell chromium >"$PROGRAMS/browsers.log" 2>&1 &&
                OPEN_EV_CHROMIUM=$(first_that_runs "$browsers"/chromium*/*/{headless_shell,chrome-headless-shell})
        }
}
