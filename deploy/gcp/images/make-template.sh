#!/usr/bin/env bash
# Makes the instance template of a pool. It names the image's family, so the next image needs no new template. May be run
# again: a template that is there stays, as it cannot be changed.
#
#   make-template.sh --project acme-ci --name linux-gpu-runner --family linux-gpu-runner \
#       [--machine-type n1-standard-4] [--gpu nvidia-tesla-t4] [--gpus 1] [--disk-gb 200] [--network N] [--subnet S] \
#       [--service-account A] [--spot yes] [--external-ip yes]
#
# Without --gpu, or with machine types that have their own (g2, a2 and others), no accelerator is added.
set -euo pipefail

project='' name='' family='' gpu='' gpus=1 disk=200 network='' subnet='' account='' spot=no external=no
machine=n1-standard-4

refuse() {
    printf 'make-template.sh: %s\n' "$*" >&2
    exit 64
}

while [ "$#" -gt 0 ]; do
    [ "$#" -ge 2 ] || refuse "$1 needs a value"
    case $1 in
        --project) project=$2 ;;
        --name) name=$2 ;;
        --family) family=$2 ;;
        --machine-type) machine=$2 ;;
        --gpu) gpu=$2 ;;
        --gpus) gpus=$2 ;;
        --disk-gb) disk=$2 ;;
        --network) network=$2 ;;
        --subnet) subnet=$2 ;;
        --service-account) account=$2 ;;
        --spot) spot=$2 ;;
        --external-ip) external=$2 ;;
        *) refuse "there is no option $1" ;;
    esac
    shift 2
done
for value in project name family; do
    [ -n "${!value}" ] || refuse "--$value is missing"
done

if said=$(gcloud compute instance-templates describe "$name" --project="$project" --format='value(name)' 2>&1); then
    printf '%s is there, and stays; to change it, make one of another name and give that to the pool\n' "$name"
    exit 0
elif [[ $said != *'was not found'* ]]; then
    printf '%s\n' "$said" >&2
    exit 1
fi

more=()
[ -z "$gpu" ] || more+=("--accelerator=type=$gpu,count=$gpus")
[ -z "$network" ] || more+=("--network=$network")
[ -z "$subnet" ] || more+=("--subnet=$subnet")
if [ -n "$account" ]; then
    more+=("--service-account=$account" --scopes=https://www.googleapis.com/auth/cloud-platform)
else
    more+=(--no-service-account --no-scopes) # jobs are nobody in this project
fi
if [ "$spot" = yes ]; then
    more+=(--provisioning-model=SPOT --instance-termination-action=DELETE)
fi
[ "$external" = yes ] || more+=(--no-address)
gcloud compute instance-templates create "$name" --project="$project" --quiet --machine-type="$machine" \
    --image-family="$family" --image-project="$project" --boot-disk-size="${disk}GB" --boot-disk-type=pd-ssd \
    --boot-disk-auto-delete --maintenance-policy=TERMINATE --no-restart-on-failure \
    --metadata=enable-guest-attributes=TRUE --labels=paddock-template=runner "${more[@]}"
