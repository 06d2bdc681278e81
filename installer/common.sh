# SPDX-FileCopyrightText: 2026 The Penstock developers
# SPDX-License-Identifier: GPL-3.0-or-later
# What installer/run and installer/test share. Sourced, not run.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build="$root/build/release"
log="$root/build/installer.log"
started=$SECONDS
mkdir -p "$root/build"
: > "$log"

elapsed() { printf '%d:%02d' $(((SECONDS - started) / 60)) $(((SECONDS - started) % 60)); }
say() { printf '[%s] %s\n' "$(elapsed)" "$*"; }
die() {
    printf 'penstock: %s\n' "$*" >&2
    exit 1
}

# quietly WHAT COMMAND...: runs the command into the log; when it fails, shows the end of the log and one sentence.
quietly() {
    local what=$1
    shift
    if ! "$@" >>"$log" 2>&1; then
        tail -n 15 "$log" >&2
        die "$what failed; the whole output is in build/installer.log"
    fi
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null)" = "ii " ]; }

# install_packages LIST...: installs the packages of these lists that are missing, without starting their services.
install_packages() {
    command -v apt-get >/dev/null || die "this needs apt-get (Debian 12 or 13, Ubuntu 24.04); on another system install the packages in installer/packages-*.txt and build with cmake --preset release"
    local missing=() package
    for package in $(grep -hv '^#' "$@"); do
        is_installed "$package" || missing+=("$package")
    done
    if [ ${#missing[@]} = 0 ]; then
        say "All packages are installed"
        return
    fi
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        die "packages are missing and neither root nor sudo is here; as root run: apt-get install --no-install-recommends ${missing[*]}"
    fi
    say "Installing ${#missing[@]} packages: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    local policy=/usr/sbin/policy-rc.d made_policy=
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
        as_root chmod 755 $policy
        made_policy=yes
        # shellcheck disable=SC2064
        trap "as_root rm -f $policy" EXIT
    fi
    quietly "Reading the package lists" as_root apt-get update
    quietly "Installing packages" as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
    if [ -n "$made_policy" ]; then
        as_root rm -f $policy
        trap - EXIT
    fi
    say "Packages are installed"
}

# One job a core, but no more than the memory carries: a compiler takes up to about 1.2 GB.
jobs() {
    local cores memory
    cores=$(nproc)
    memory=$(awk '/MemAvailable/ { print int($2 / 1200000) }' /proc/meminfo)
    [ "$memory" -ge 1 ] || memory=1
    if [ "$memory" -lt "$cores" ]; then echo "$memory"; else echo "$cores"; fi
}

# build_targets TARGET...: configures and builds (Release), showing what is done of how much, and for how long.
build_targets() {
    say "Configuring (Release)"
    cd "$root"
    quietly "Configuring" cmake --preset release
    say "Building with $(jobs) jobs"
    export NINJA_STATUS='[%f of %t, %e s] '
    if [ -t 1 ]; then
        cmake --build "$build" -j "$(jobs)" --target "$@" || die "building failed; the first error is above"
    else
        # In a log a line every fifty steps is enough; compiler messages come through.
        cmake --build "$build" -j "$(jobs)" --target "$@" 2>&1 | tee -a "$log" \
            | awk '!/^\[[0-9]+ of [0-9]+, / || /FAILED/ || ++n % 50 == 0' || die "building failed; the first error is above"
    fi
    say "Built"
}
