#!/usr/bin/env bash
# Starts one ephemeral runner in a container: copies the image's runner to where it may write, and becomes its run.sh.
# The registration is in ACTIONS_RUNNER_INPUT_JITCONFIG, and in no argument, where all users of the host could read it.
set -euo pipefail
umask 077

package=${RUNNER_PACKAGE:-/opt/actions-runner}
home=${RUNNER_HOME:-/runner}

refuse() {
    printf 'entrypoint: %s\n' "$*" >&2
    exit 64
}

[ "$#" -eq 0 ] || refuse "takes no arguments; the registration is given in ACTIONS_RUNNER_INPUT_JITCONFIG"
[ "$(id -u)" -ne 0 ] || refuse "this is root, and so would be every job: start it with the image's own user"
[ -n "${ACTIONS_RUNNER_INPUT_JITCONFIG:-}" ] \
    || refuse "ACTIONS_RUNNER_INPUT_JITCONFIG is empty: export it, and name it without its value, as in --env ACTIONS_RUNNER_INPUT_JITCONFIG"
[ -x "$package/run.sh" ] || refuse "there is no runner in $package"
[ -w "$home" ] || refuse "$home cannot be written to: mount a volume there that belongs to user $(id -u)"
[ ! -e "$home/.runner" ] \
    || refuse "$home was used by another runner: a registration serves once, in a container that is new"

cp -R "$package/." "$home/"
cd "$home"
export HOME=$home/_home RUNNER_MANUALLY_TRAP_SIG=1
mkdir -p "$HOME"
exec ./run.sh
