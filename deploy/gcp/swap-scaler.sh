#!/usr/bin/env bash
# On the control VM, as root: drains all pools, swaps the jar, starts them, and puts the old one back if they do not come
# up. The pools are those of /etc/paddock/pools, so that none is forgotten.
#   swap-scaler.sh JAR
# Exit codes: 0 the jar runs, 1 it does not and the one before does, 2 neither does.
# PADDOCK_ROOT puts all paths below a folder.
set -euo pipefail
umask 022

new=$1
root=${PADDOCK_ROOT:-}
installed=$root/opt/paddock/paddock-examples.jar
drain_seconds=${DRAIN_SECONDS:-300}
settle_seconds=${SETTLE_SECONDS:-30}
health_urls=${HEALTH_URLS:-}
units=()

say() { printf '%s\n' "$*"; }

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
resume() { # whoever interrupts this is not to leave a fleet that takes no jobs
    trap - EXIT INT TERM HUP
    local unit
    for unit in $(active); do
        systemctl kill --signal=SIGUSR2 "$unit" || true
    done
    say "interrupted: the pools that still ran take jobs again; run it once more"
    exit 130
}

drain() {
    local unit waited
    trap resume INT TERM HUP
    for unit in $(active); do
        if [ "$drain_seconds" -gt 0 ]; then
            systemctl reload "$unit"
        fi
    done
    for ((waited = 0; waited < drain_seconds; waited++)); do
        [ -n "$(active)" ] || break
        sleep 1
    done
    trap - INT TERM HUP
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

put() { # put JAR: in one step, so that a start finds the one or the other
    install -m 644 "$1" "$installed.new"
    mv "$installed.new" "$installed"
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
drain
if [ -e "$installed" ] && ! cmp -s "$new" "$installed"; then
    cp -p "$installed" "$installed.previous"
fi
put "$new"
if comes_up; then
    say "updated: ${units[*]}"
    exit 0
fi
stop_all
if [ ! -e "$installed.previous" ]; then
    say "the jar does not come up, and there is none before it"
    exit 2
fi
put "$installed.previous"
if comes_up; then
    say "rolled back: the jar before runs again"
    exit 1
fi
say "rolled back, but the jar before does not come up either"
exit 2
