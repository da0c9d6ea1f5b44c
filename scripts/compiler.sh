# Brings a C++ compiler: two small packages that Home Assistant's voice pipeline imports come as source. Sourced by scripts/setup.
# shellcheck shell=bash

# Makes builds use the compiler that the package ziglang is; a system's own compiler is not needed for it, nor are its headers.
find_compiler() {
    local folder=$OPEN_EV_CACHE/compiler language
    if [[ ! -x $folder/c++ ]]; then
        say "No C++ compiler here: fetching one"
        uv_run pip install --python "$PYTHON" --target "$folder" ziglang ||
            fail "a C++ compiler could not be installed. $ABOUT_CERTIFICATES Otherwise: Install g++ (or clang), and call again."
        for language in cc c++; do
            # An option that Python was built with, and that this linker does not know, is left out.
            cat >"$folder/$language" <<EOF
#!/bin/sh
for argument; do
    shift
    [ "\$argument" = -Wl,-Bsymbolic-functions ] || set -- "\$@" "\$argument"
done
exec "$folder/ziglang/zig" $language "\$@"
EOF
            chmod +x "$folder/$language"
        done
    fi
    export CC=$folder/cc CXX=$folder/c++ ZIG_GLOBAL_CACHE_DIR=$folder/cache ZIG_LOCAL_CACHE_DIR=$folder/cache
}
