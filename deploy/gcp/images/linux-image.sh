#!/usr/bin/env bash
# The startup script of a VM of whose disk an image is made: GitHub's runner at /actions-runner, a user for it, and
# whatever a script of one's own installs. make-image.sh starts it, and asks for guest attribute paddock/image-build,
# which is done or failed:WHY in the end.
#
# Attributes of the instance: paddock-runner-version, paddock-runner-sha256 and, if it is not GitHub's, paddock-runner-url;
# paddock-image-script, which is run as root. PADDOCK_ROOT puts all paths below a folder.
set -Eeuo pipefail
umask 022

root=${PADDOCK_ROOT:-}
metadata=http://${GCE_METADATA_HOST:-metadata.google.internal}/computeMetadata/v1/instance
runner=$root/actions-runner
why=
work=$(mktemp -d)

attribute() { # attribute KEY: empty if there is none; fails if nobody answers
    local answer try
    for ((try = 1; try <= 10; try++)); do
        answer=$(curl -q --silent --noproxy '*' --max-time 10 --header 'Metadata-Flavor: Google' \
            --write-out '\n%{http_code}' "$metadata/attributes/paddock-$1") || answer=
        case ${answer##*$'\n'} in
            200) printf '%s\n' "${answer%$'\n'*}"; return 0 ;;
            404) return 0 ;;
        esac
        [ "$try" -eq 10 ] || sleep 5
    done
    return 1
}

tell() {
    printf 'paddock: image-build %s\n' "$1"
    curl -q --silent --fail --output /dev/null --noproxy '*' --max-time 10 --retry 5 --request PUT \
        --header 'Metadata-Flavor: Google' --data-binary "${1:0:250}" "$metadata/guest-attributes/paddock/image-build"
}

fail() {
    why=$1
    exit 1
}

ended() {
    local code=$?
    trap - EXIT ERR
    rm -rf "$work"
    [ "$code" -eq 0 ] || tell "failed:${why:-the script ended with $code}" || true
    exit "$code"
}
trap ended EXIT
trap 'why=${why:-line $LINENO failed}' ERR

install_runner() {
    local version sha256 url arch=x64
    version=$(attribute runner-version) || fail "the metadata server does not answer for paddock-runner-version"
    sha256=$(attribute runner-sha256) || fail "the metadata server does not answer for paddock-runner-sha256"
    url=$(attribute runner-url) || fail "the metadata server does not answer for paddock-runner-url"
    [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "paddock-runner-version is no version: $version"
    [[ $sha256 =~ ^[0-9a-fA-F]{64}$ ]] || fail "paddock-runner-sha256 is no digest: $sha256"
    case $(uname -m) in
        aarch64 | arm64) arch=arm64 ;;
    esac
    url=${url:-https://github.com/actions/runner/releases/download/v$version/actions-runner-linux-$arch-$version.tar.gz}
    curl -q --silent --show-error --fail --location --retry 3 --max-time 300 --output "$work/runner.tar.gz" "$url" \
        || fail "the runner could not be fetched from ${url%%\?*}"
    sha256sum --check --status <<<"${sha256,,}  $work/runner.tar.gz" || fail "the runner's digest is another"
    rm -rf "$runner"
    mkdir -p "$runner"
    tar --extract --gzip --no-same-owner --file "$work/runner.tar.gz" --directory "$runner"
    "$runner/bin/installdependencies.sh" || fail "the runner's dependencies could not be installed"
    id runner >/dev/null 2>&1 || useradd --create-home --shell /bin/bash runner
    chown -R runner: "$runner"
    chmod 700 "$runner"
}

# Nobody's registration, and nothing by which two VMs would be one.
clean() {
    rm -f "$runner"/.runner* "$runner"/.credentials* "$runner"/.service "$root/var/lib/paddock/served"
    rm -rf "$root"/home/*/actions-runner "$root"/root/actions-runner
    rm -f "$root"/etc/systemd/system/actions.runner.*.service
    : >"$root/etc/machine-id"
    if command -v apt-get >/dev/null; then
        apt-get clean
    fi
}

tell started
install_runner
attribute image-script >"$work/own.sh" || fail "the metadata server does not answer for paddock-image-script"
if [ -s "$work/own.sh" ]; then
    bash "$work/own.sh" || fail "paddock-image-script ended with $?"
fi
clean
tell "done"
