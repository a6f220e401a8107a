#!/usr/bin/env bash
# On the control VM, as root: installs what set-up has copied to a folder, and starts each pool. May be run again.
#   install-scaler.sh FOLDER JAR
# PADDOCK_ROOT puts all paths below a folder.
set -euo pipefail
umask 022

from=$1
jar=$1/$2
root=${PADDOCK_ROOT:-}
installed=$root/opt/paddock/paddock-examples.jar
unit=$root/etc/systemd/system/paddock-scaler@.service

say() { printf '%s\n' "$*"; }

if ! command -v java >/dev/null; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends openjdk-17-jre-headless
fi
id paddock >/dev/null 2>&1 || useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin paddock
mkdir -p "$root/opt/paddock" "$root/etc/paddock/pools" "$root/etc/systemd/system"

if [ ! -e "$installed" ]; then
    install -m 644 "$jar" "$installed.new"
    mv "$installed.new" "$installed"
elif ! cmp -s "$jar" "$installed"; then
    say "another jar is installed, and stays: update-scaler.sh replaces it"
fi
shared=no # what concerns all pools
cmp -s "$from/scaler.env" "$root/etc/paddock/scaler.env" || shared=yes
install -m 600 "$from/scaler.env" "$root/etc/paddock/scaler.env"
for file in "$from"/*.yaml "$from"/*.json; do # without secrets, and read by the scaler's user
    [ -e "$file" ] || continue
    there=$root/etc/paddock/$(basename "$file")
    cmp -s "$file" "$there" || shared=yes
    install -m 644 "$file" "$there"
done
if ! cmp -s "$from/paddock-scaler@.service" "$unit"; then
    shared=yes
    install -m 644 "$from/paddock-scaler@.service" "$unit"
    systemctl daemon-reload
fi

for pool in "$from"/pools/*.env; do
    name=$(basename "$pool" .env)
    there=$root/etc/paddock/pools/$name.env
    changed=$shared
    cmp -s "$pool" "$there" || changed=yes
    install -m 600 "$pool" "$there"
    if [ "$changed" = yes ] && systemctl is-active --quiet "paddock-scaler@$name"; then
        # Its VMs go on, and are taken up by the next start.
        say "restarting paddock-scaler@$name, whose configuration has changed"
        systemctl restart "paddock-scaler@$name"
    fi
    systemctl enable --now "paddock-scaler@$name"
done
for there in "$root"/etc/paddock/pools/*.env; do
    name=$(basename "$there" .env)
    [ -e "$from/pools/$name.env" ] \
        || say "paddock-scaler@$name is no longer configured, and goes on: drain it, then remove $there"
done
