# shellcheck shell=bash disable=SC2034
# What set-up and update have in common: their options, and the way to the control VM. Sourced, not run.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project='' zone='' name=paddock-scaler jar='' config='' account='' ssh_flags=()
ssh_tries=${PADDOCK_SSH_TRIES:-20}
stage=''

say() { printf '%s\n' "$*"; }

refuse() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 64
}

options() { # options ARGUMENT...
    while [ "$#" -gt 0 ]; do
        [ "$1" != --iap ] || { ssh_flags=(--tunnel-through-iap); shift; continue; }
        [ "$#" -ge 2 ] || refuse "$1 needs a value"
        case $1 in
            --project) project=$2 ;;
            --zone) zone=$2 ;;
            --name) name=$2 ;;
            --jar) jar=$2 ;;
            --config) config=$2 ;;
            --service-account) account=$2 ;;
            *) refuse "there is no option $1" ;;
        esac
        shift 2
    done
    [ -n "$project" ] || refuse "--project is missing: the project of the control VM"
    [ -n "$zone" ] || refuse "--zone is missing: the zone of the control VM"
    [ -f "$jar" ] || refuse "--jar is not a file: '$jar'; build runner-examples/target/paddock-examples.jar"
    command -v gcloud >/dev/null || refuse "there is no gcloud on the PATH"
}

on_vm() { # on_vm COMMAND
    gcloud compute ssh "$name" --project="$project" --zone="$zone" --quiet "${ssh_flags[@]}" --command="$1" </dev/null
}

await_ssh() {
    local try
    for ((try = 1; try <= ssh_tries; try++)); do
        if on_vm true >/dev/null 2>&1; then
            return 0
        fi
        [ "$try" -eq "$ssh_tries" ] || sleep 10
    done
    say "$name does not answer to ssh; look at: gcloud compute ssh $name --project=$project --zone=$zone --troubleshoot" >&2
    return 1
}

# A folder on the VM that nobody else can read, as secrets pass through it; removed however this ends.
send() { # send FILE...
    stage=$(on_vm 'mktemp -d /tmp/paddock.XXXXXXXX')
    [[ $stage =~ ^/tmp/paddock\.[A-Za-z0-9]+$ ]] || { say "$name has no folder to copy to: $stage" >&2; return 1; }
    trap 'on_vm "rm -rf $stage" || say "$stage is left on $name" >&2' EXIT
    gcloud compute scp --recurse --project="$project" --zone="$zone" --quiet "${ssh_flags[@]}" "$@" "$name:$stage/"
}
