# Unpacks Debian packages below a folder of our own: no root, and the system's packages, lists and services stay as they are.
# shellcheck shell=bash

# Says whether this system has the tools for it.
has_debian_tools() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null
}

# Prints a line of sources.list for the release of this system, Debian or Ubuntu, that carries Python 3.14: from the mirror
# that the system itself uses, signed with the keys that it already trusts. The releases are named, not called "testing" or
# "devel", so that the next release changes nothing.
source_of_python() {
    local id codename release keyring key mirror
    id=$(. /etc/os-release && echo "$ID")
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    case $id in
        debian) release=forky ;;
        ubuntu) release=resolute ;;
        *) return 1 ;;
    esac
    for key in /usr/share/keyrings/"$id"-archive-keyring.{gpg,pgp}; do
        [[ ! -r $key ]] || keyring=$key
    done
    # shellcheck disable=SC2016 # apt expands them
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(CODENAME)' 'Created-By: Packages' |
        awk -v codename="$codename" '$3 == "main" && ($2 == codename || $4 == codename) {print $1; exit}')
    [[ -n ${keyring:-} && -n $mirror ]] || return
    echo "deb [signed-by=$keyring] $mirror $release main"
}

# unpack_debian PREFIX SOURCE PACKAGE... [-- PACKAGE...]
#
# Unpacks the packages and all that they depend on below PREFIX; those after -- without what they depend on.
# SOURCE is a line of sources.list, for a PREFIX that leans on nothing of the system; or "system": what the system itself
# would install, less what it has. What apt says is in PREFIX.log.
unpack_debian() {
    local prefix=$1 source=$2 work=$1.work package packages=()
    shift 2
    while (($#)) && [[ $1 != -- ]]; do
        packages+=("$1")
        shift
    done
    (($#)) && shift
    rm -rf "$prefix" "$work"
    mkdir -p "$work"/{state/lists/partial,cache/archives/partial,prefix}
    {
        if [[ $source == system ]]; then
            cp /var/lib/dpkg/status "$work/status" || return
        else
            : >"$work/status"
            echo "$source" >"$work/sources.list"
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
