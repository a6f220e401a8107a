#!/usr/bin/env bash
# A systemd of its own: process 1 of namespaces of its own, which sees this host's files and of its units only those of a
# folder. Says "ready PID" once it answers, and ends, with all that it has started, when its standard input does.
set -u
units=$1

inner() {
    set -e
    mount --make-rprivate /
    umount -R /sys/fs/cgroup 2>/dev/null || true
    mount -t cgroup2 none /sys/fs/cgroup
    mount -t tmpfs none /run
    mkdir -p /run/own /run/none /run/lock /run/systemd/system
    local unit
    for unit in sysinit basic shutdown network-online multi-user; do
        printf '[Unit]\nDescription=%s\nDefaultDependencies=no\n' "$unit" >"/run/own/$unit.target"
    done
    for unit in systemd-journald.service systemd-journald.socket; do
        cp "/lib/systemd/system/$unit" /run/own/
    done
    printf '[Unit]\nDefaultDependencies=no\nRequires=systemd-journald.service\nAfter=systemd-journald.service\n' \
        >/run/own/private.target
    mount --bind "$units" /etc/systemd/system
    exec env -i container=private PATH="$PATH" SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/own \
        SYSTEMD_GENERATOR_PATH=/run/none SYSTEMD_ENVIRONMENT_GENERATOR_PATH=/run/none \
        /lib/systemd/systemd --system --unit=private.target --log-target=console --show-status=no
}

if [ "${2:-}" = inner ]; then
    inner
fi

hierarchy=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
group=$hierarchy/private-systemd-$$
mkdir "$group" || exit 1
(
    echo "$BASHPID" >"$group/cgroup.procs"
    exec unshare --fork --kill-child --pid --mount --mount-proc --cgroup --uts --ipc "$BASH" "$0" "$units" inner </dev/null
) >&2 &
outer=$!

# shellcheck disable=SC2317 # called by the trap
end() {
    kill -KILL "$outer" 2>/dev/null
    wait "$outer" 2>/dev/null
    local try
    for try in 1 2 3 4 5 6 7 8 9 10; do
        find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
        [ -d "$group" ] || return 0
        sleep "0.$try"
    done
}
trap end EXIT

for _ in $(seq 100); do
    pid=$(cat "/proc/$outer/task/$outer/children" 2>/dev/null) || break
    pid=${pid%% *}
    if [ -n "$pid" ] && nsenter -t "$pid" -a systemctl show --property=Version >/dev/null 2>&1; then
        echo "ready $pid"
        cat >/dev/null
        exit 0
    fi
    sleep 0.1
done
echo "no systemd" >&2
exit 1
