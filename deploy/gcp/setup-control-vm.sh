#!/usr/bin/env bash
# Makes the small VM on which the scaler runs, if there is none, copies jar and configuration, and starts the pools.
# May be run again: what is there stays, a changed configuration is taken over, and the jar is update-scaler.sh's.
#
#   setup-control-vm.sh --project acme-ci --zone us-east1-c --service-account scaler@acme-ci.iam.gserviceaccount.com \
#       --config FOLDER --jar paddock-examples.jar [--name paddock-scaler] [--iap]
#
# FOLDER holds scaler.env and pools/NAME.env, one for each process (see the examples beside this script), and the files of
# pools (*.yaml, *.json) that these name, which are put into /etc/paddock. The account needs what docs/operations.md lists.
# shellcheck disable=SC1091,SC2154 # what control-vm.sh sets
set -euo pipefail
. "$(dirname "$0")/control-vm.sh"

options "$@"
[ -n "$account" ] || refuse "--service-account is missing: an account of its own, not the project's default"
[ -f "$config/scaler.env" ] || refuse "--config has no scaler.env: '$config'"
compgen -G "$config/pools/*.env" >/dev/null || refuse "--config has no pools/*.env: '$config'"

create() {
    gcloud compute instances create "$name" --project="$project" --zone="$zone" --quiet \
        --machine-type=e2-small --image-family=debian-12 --image-project=debian-cloud \
        --boot-disk-size=20GB --boot-disk-type=pd-standard \
        --service-account="$account" --scopes=https://www.googleapis.com/auth/compute \
        --shielded-secure-boot --shielded-vtpm --shielded-integrity-monitoring \
        --metadata=enable-oslogin=TRUE --labels=paddock-control=scaler --tags=paddock-control
}

status=$(gcloud compute instances describe "$name" --project="$project" --zone="$zone" --format='value(status)' 2>&1) || {
    case $status in
        *'was not found'*) status=none ;;
        *) say "$status" >&2; exit 1 ;;
    esac
}
case $status in
    none) say "making $name in $zone" && create ;;
    TERMINATED) gcloud compute instances start "$name" --project="$project" --zone="$zone" --quiet ;;
    *) say "$name is there: $status" ;;
esac
mapfile -t files < <(compgen -G "$config/*.yaml"; compgen -G "$config/*.json")
await_ssh
send "$jar" "$here/paddock-scaler@.service" "$here/install-scaler.sh" "$config/scaler.env" "$config/pools" "${files[@]}"
on_vm "sudo bash $stage/install-scaler.sh $stage $(printf %q "$(basename "$jar")")"
