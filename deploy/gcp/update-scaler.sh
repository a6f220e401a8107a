#!/usr/bin/env bash
# Brings a new jar to the control VM: all pools drain at once, for at most 300 s; the jar is swapped; the pools start; and
# if one does not come up, the jar before is put back. May be run again, also after it was interrupted.
#
#   update-scaler.sh --project acme-ci --zone us-east1-c --jar paddock-examples.jar [--name paddock-scaler] [--iap]
#
# PADDOCK_DRAIN_SECONDS bounds the drain; 0 does not wait. VMs that are busy then go on, and are taken up by the new jar.
# PADDOCK_HEALTH_URLS names, separated by spaces, what has to answer on the VM before an update counts as good.
# shellcheck disable=SC1091,SC2154 # what control-vm.sh sets
set -euo pipefail
. "$(dirname "$0")/control-vm.sh"

options "$@"
drain=${PADDOCK_DRAIN_SECONDS:-300}
health=${PADDOCK_HEALTH_URLS:-}
[[ $drain =~ ^[0-9]+$ ]] || refuse "PADDOCK_DRAIN_SECONDS is no number of seconds: $drain"
[[ $health =~ ^[A-Za-z0-9:/._\ -]*$ ]] || refuse "PADDOCK_HEALTH_URLS has other characters than a URL's: $health"

await_ssh
send "$jar" "$here/swap-scaler.sh"
on_vm "sudo env DRAIN_SECONDS=$drain HEALTH_URLS='$health' bash $stage/swap-scaler.sh $stage/$(printf %q "$(basename "$jar")")"
