# Unpacks Debian packages below a folder of our own: no root, and the system's packages, lists and services stay as they are.
# shellcheck shell=bash

# Says whether this system has the tools for it.
has_debian_tools() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null
}

# The mirror that this system gets Debian from. Empty on what is not Debian, unless the user names one.
debian_mirror() {
    if [[ -n ${OPEN_EV_DEBIAN_MIRROR:-} ]]; then
        echo "$OPEN_EV_DEBIAN_MIRROR"
    elif [[ $(. /etc/os-release && echo "$ID") == debian ]]; then
        # shellcheck disable=SC2016 # apt expands them
        apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
            awk -v codename="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" '$2 == codename && $3 == "main" {print $1; exit}'
    fi
}

# The public keys that Debian signs its lists with: part of Debian, a small package elsewhere.
debian_keyring() {
    local work=$1 keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    if [[ ! -r $keyring ]]; then
        (cd "$work" && apt-get download debian-archive-keyring && dpkg-deb -x debian-archive-keyring_*.deb keyring) >&2 || return
        keyring=$work/keyring$keyring
    fi
    echo "$keyring"
}

# unpack_debian PREFIX SUITE PACKAGE... [-- PACKAGE...]
#
# Unpacks the packages and all that they depend on below PREFIX; those after -- without what they depend on.
# SUITE is a suite of Debian, for a PREFIX that leans on nothing of the system; or "system": what the system itself would
# install, less what it has. What apt says is in PREFIX.log.
unpack_debian() {
    local prefix=$1 suite=$2 work=$1.work package keyring mirror packages=()
    shift 2
    while (($#)) && [[ $1 != -- ]]; do
        packages+=("$1")
        shift
    done
    (($#)) && shift
    rm -rf "$prefix" "$work"
    mkdir -p "$work"/{state/lists/partial,cache/archives/partial,prefix}
    {
        if [[ $suite == system ]]; then
            cp /var/lib/dpkg/status "$work/status" || return
        else
            : >"$work/status"
            mirror=$(debian_mirror) && [[ -n $mirror ]] && keyring=$(debian_keyring "$work") || return
            echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/sources.list"
            echo "Dir::Etc::sourcelist \"$work/sources.list\";"
            echo 'Dir::Etc::sourceparts "/dev/null";'
        fi
        # How this system fetches (proxy, certificates, age of lists) is kept; what it does after an update is none of ours.
        apt-config dump | grep -E '^Acquire::' | grep -vE '^Acquire::(IndexTargets|Languages)' || true
        cat <<EOF
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::State "$work/state";
Dir::State::status "$work/status";
Dir::Cache "$work/cache";
Acquire::Languages "none";
APT::Install-Recommends "false";
APT::Sandbox::User "";
EOF
    } >"$work/apt.conf"
    (
        export APT_CONFIG=$work/apt.conf
        # A source that is not Debian's may be out of reach and matters not; the packages are asked for all the same.
        apt-get update --quiet || true
        apt-get install --quiet --yes --download-only "${packages[@]}" || exit
        cd "$work/cache/archives"
        (($# == 0)) || apt-get download --quiet "$@"
    ) >"$prefix.log" 2>&1 || return
    for package in "$work"/cache/archives/*.deb; do
        dpkg-deb -x "$package" "$work/prefix" || return
    done
    mv "$work/prefix" "$prefix"
    rm -rf "$work"
}
