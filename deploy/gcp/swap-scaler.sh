#!/usr/bin/env bash
# On the control VM, as root: drains all pools, swaps the jar, starts them, and puts the old one back if they do not come
# up. The pools are those of /etc/paddock/pools, so that none is forgotten.
#   swap-scaler.sh JAR
# Exit codes: 0 the jar runs, 1 it does not and the one before does, 2 neither does, 75 another update is under way.
# Whoever started this may go: it works on to its end, without whoever reads what it says and without the folder of JAR.
# PADDOCK_ROOT puts all paths below a folder.
set -euo pipefail
umask 022
trap '' HUP PIPE

new=$1
root=${PADDOCK_ROOT:-}
installed=$root/opt/paddock/paddock-examples.jar
drain_seconds=${DRAIN_SECONDS:-300}
settle_seconds=${SETTLE_SECONDS:-30}
health_urls=${HEALTH_URLS:-}
units=()

say() { printf '%s\n' "$*" || true; }

is_active() { systemctl is-active --quiet "$1"; }

active() { # those of the pools that run
    local unit
    for unit in "${units[@]}"; do
        if is_active "$unit"; then
            printf '%s\n' "$unit"
        fi
    done
}

# shellcheck disable=SC2317 # called by a trap
resume() { # whatever ends this early is not to leave a pool that stands still or takes no jobs
    local code=$? unit
    trap - EXIT
    trap '' INT TERM
    set +e
    for unit in "${units[@]}"; do
        if is_active "$unit"; then
            systemctl kill --signal=SIGUSR2 "$unit"
        else
            systemctl reset-failed "$unit" 2>/dev/null
            systemctl start "$unit" || say "$unit does not start"
        fi
    done
    say "interrupted: the pools take jobs again; run it once more"
    [ "$code" -eq 130 ] || code=1
    exit "$code"
}

finish() { # finish CODE TEXT
    trap - EXIT
    say "$2"
    exit "$1"
}

drain() {
    local unit waited
    for unit in $(active); do
        if [ "$drain_seconds" -gt 0 ]; then
            systemctl reload "$unit" || say "$unit cannot be told to drain"
        fi
    done
    for ((waited = 0; waited < drain_seconds; waited++)); do
        [ -n "$(active)" ] || break
        sleep 1
    done
    for unit in $(active); do
        say "$unit still has VMs after $drain_seconds s; they go on, and are taken up again"
        systemctl stop "$unit"
    done
}

is_healthy() {
    local url
    for url in $health_urls; do
        curl --silent --fail --output /dev/null --max-time 5 "$url" || return 1
    done
}

# Each pool has to run for a while without having been started again, and what is to answer has to.
comes_up() {
    local unit waited
    for unit in "${units[@]}"; do
        systemctl reset-failed "$unit" 2>/dev/null || true
        systemctl start "$unit" || { say "$unit does not start"; return 1; }
    done
    for ((waited = 0; waited < settle_seconds; waited++)); do
        sleep 1
        for unit in "${units[@]}"; do
            if ! is_active "$unit" || [ "$(systemctl show --property=NRestarts --value "$unit")" != 0 ]; then
                say "$unit does not stay up"
                systemctl --no-pager --lines=20 status "$unit" || true
                return 1
            fi
        done
    done
    is_healthy || { say "not every one of these answers: $health_urls"; return 1; }
}

copy() { # copy JAR PLACE: in one step, so that whoever looks finds the one or the other
    install -m 644 "$1" "$2.part" && mv "$2.part" "$2"
}

stop_all() {
    local unit
    for unit in "${units[@]}"; do
        systemctl stop "$unit" || true
    done
}

[ -f "$new" ] || { say "there is no $new"; exit 64; }
for pool in "$root"/etc/paddock/pools/*.env; do
    [ -e "$pool" ] || { say "there is no pool in /etc/paddock/pools: run setup-control-vm.sh"; exit 64; }
    units+=("paddock-scaler@$(basename "$pool" .env)")
done

if cmp -s "$new" "$installed" && [ "$(active | wc -l)" -eq "${#units[@]}" ]; then
    say "this jar is installed, and all pools run"
    exit 0
fi
exec 9>"$installed.lock"
flock --nonblock 9 || { say "another update is under way"; exit 75; }

# All that needs room on the disk comes before the first pool drains.
copy "$new" "$installed.new"
if [ -e "$installed" ] && ! cmp -s "$installed.new" "$installed"; then
    copy "$installed" "$installed.previous"
fi
trap resume EXIT
trap 'exit 130' INT TERM
drain
mv "$installed.new" "$installed"
if comes_up; then
    finish 0 "updated: ${units[*]}"
fi
stop_all
[ -e "$installed.previous" ] || finish 2 "the jar does not come up, and there is none before it"
copy "$installed.previous" "$installed" || finish 2 "the jar does not come up, and the one before cannot be put back"
if comes_up; then
    finish 1 "rolled back: the jar before runs again"
fi
finish 2 "rolled back, but the jar before does not come up either"
