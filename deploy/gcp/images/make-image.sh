#!/usr/bin/env bash
# Makes the next image of a family: a VM of a base image installs GitHub's runner and what a script of one's own adds, and
# the image is made of its disk. May be run again: what an interrupted run left is removed first.
#
#   make-image.sh --project acme-ci --zone us-east1-c --family linux-gpu-runner --platform linux \
#       --base-family FAMILY --base-project PROJECT --runner-version 2.336.0 --runner-sha256 DIGEST \
#       [--runner-url URL] [--script FILE] [--machine-type n1-standard-4] [--gpu nvidia-tesla-t4] [--disk-gb 100]
#
# PADDOCK_BUILD_MINUTES bounds the build; 90. The VM is deleted by Google in any case 30 minutes after that.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
project='' zone='' family='' platform='' base_family='' base_project='' version='' sha256='' url='' script='' gpu=''
machine=n1-standard-4 disk=100
minutes=${PADDOCK_BUILD_MINUTES:-90}

say() { printf '%s\n' "$*"; }

refuse() {
    printf 'make-image.sh: %s\n' "$*" >&2
    exit 64
}

while [ "$#" -gt 0 ]; do
    [ "$#" -ge 2 ] || refuse "$1 needs a value"
    case $1 in
        --project) project=$2 ;;
        --zone) zone=$2 ;;
        --family) family=$2 ;;
        --platform) platform=$2 ;;
        --base-family) base_family=$2 ;;
        --base-project) base_project=$2 ;;
        --runner-version) version=$2 ;;
        --runner-sha256) sha256=$2 ;;
        --runner-url) url=$2 ;;
        --script) script=$2 ;;
        --machine-type) machine=$2 ;;
        --gpu) gpu=$2 ;;
        --disk-gb) disk=$2 ;;
        *) refuse "there is no option $1" ;;
    esac
    shift 2
done
for value in project zone family base_family base_project; do
    [ -n "${!value}" ] || refuse "--${value//_/-} is missing"
done
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || refuse "--runner-version is no version: '$version'"
[[ $sha256 =~ ^[0-9a-fA-F]{64}$ ]] || refuse "--runner-sha256 is no digest: '$sha256'"
[ -z "$script" ] || [ -f "$script" ] || refuse "--script is not a file: '$script'"
[[ $minutes =~ ^[1-9][0-9]*$ ]] || refuse "PADDOCK_BUILD_MINUTES is no number of minutes: $minutes"
case $platform in
    linux) files=startup-script=$here/linux-image.sh ;;
    windows) files=windows-startup-script-ps1=$here/windows-image.ps1 ;;
    *) refuse "--platform is neither linux nor windows: '$platform'" ;;
esac

vm=paddock-image-$family
there=(--project="$project" --zone="$zone")

delete_vm() { gcloud compute instances delete "$vm" "${there[@]}" --quiet --delete-disks=all; }

vm_status() {
    local said
    if said=$(gcloud compute instances describe "$vm" "${there[@]}" --format='value(status)' 2>&1); then
        say "$said"
    elif [[ $said == *'was not found'* ]]; then
        say none
    else
        say "$said" >&2
        return 1
    fi
}

create_vm() {
    local metadata more=()
    metadata=enable-guest-attributes=TRUE,paddock-runner-version=$version,paddock-runner-sha256=$sha256
    [ -z "$url" ] || metadata+=,paddock-runner-url=$url
    [ -z "$script" ] || files+=,paddock-image-script=$script
    [ -z "$gpu" ] || more+=("--accelerator=type=$gpu,count=1")
    gcloud compute instances create "$vm" "${there[@]}" --quiet --machine-type="$machine" \
        --image-family="$base_family" --image-project="$base_project" \
        --boot-disk-size="${disk}GB" --boot-disk-type=pd-ssd --maintenance-policy=TERMINATE --no-restart-on-failure \
        --max-run-duration="$((minutes + 30))m" --instance-termination-action=DELETE \
        --no-service-account --no-scopes --labels=paddock-image=build \
        --metadata="$metadata" --metadata-from-file="$files" "${more[@]}"
}

await_build() {
    local progress tries
    for ((tries = 0; tries < minutes * 4; tries++)); do
        progress=$(gcloud compute instances get-guest-attributes "$vm" "${there[@]}" \
            --query-path=paddock/image-build --format='value(value)' 2>/dev/null) || progress=
        case $progress in
            done) return 0 ;;
            failed:*) break ;;
        esac
        sleep 15
    done
    say "the build did not end well: ${progress:-no word of it within $minutes minutes}; the VM's last words:" >&2
    gcloud compute instances get-serial-port-output "$vm" "${there[@]}" 2>/dev/null | tail -n 40 >&2 || true
    return 1
}

# A Linux VM is stopped; a Windows VM generalizes first, and then stops itself.
await_stop() {
    local tries
    if [ "$platform" = linux ]; then
        gcloud compute instances stop "$vm" "${there[@]}" --quiet
        return
    fi
    for ((tries = 0; tries < 80; tries++)); do
        [ "$(vm_status)" != TERMINATED ] || return 0
        sleep 15
    done
    say "$vm does not stop" >&2
    return 1
}

status=$(vm_status)
if [ "$status" != none ]; then
    say "removing $vm, which an earlier run left"
    delete_vm
fi
trap 'delete_vm || say "$vm is left: delete it" >&2' EXIT
create_vm
await_build
await_stop
image=$family-$(date -u +%Y%m%d-%H%M%S)
gcloud compute images create "$image" --project="$project" --quiet --source-disk="$vm" --source-disk-zone="$zone" \
    --family="$family" --labels="paddock-runner-version=${version//./-}"
say "made $image"
