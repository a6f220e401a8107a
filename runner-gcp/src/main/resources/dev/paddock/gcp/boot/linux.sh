#!/usr/bin/env bash
# The startup script of a Linux VM that runs one job: it looks whether the VM is fit, starts GitHub's runner as a user
# without privileges, and stops the VM when the runner has ended, or whenever something fails before.
#
# It asks the metadata server for these attributes of the instance:
#   paddock-jit-config      the registration; it serves once
#   paddock-expect-gpu      true or false
#   paddock-runner-dir      where the image has the runner; /actions-runner
#   paddock-user            who runs it; runner
#   paddock-runner-version  the version that there should be at least; without it the image's is taken
#   paddock-runner-sha256   the digest of that version's package, without which it is not installed
#   paddock-runner-url      where that package is; GitHub
# and tells where it is as guest attribute paddock/state: booting, gpu, image, updating, starting, ready, running,
# finished or failed:WHY; what became of an update as paddock/update.
#
# PADDOCK_ROOT puts all paths below a folder. What would change the machine itself (shutdown, nft, systemctl,
# nvidia-smi and the like) is then taken from the PATH only if it is not the system's own, so that this can be tried anywhere.
set -Eeuo pipefail
umask 022

root=${PADDOCK_ROOT:-}
metadata=http://${GCE_METADATA_HOST:-metadata.google.internal}/computeMetadata/v1
tries=10
pause=5
why=
child=
scratch=
version='^[0-9]+\.[0-9]+\.[0-9]+$'
digest='^[0-9a-fA-F]{64}$'
listening='^[0-9: -]{19}Z: Listening for Jobs'
job='^[0-9: -]{19}Z: Running job: '

say() { printf 'paddock: %s\n' "$*" || true; } # whoever reads it may be gone

# Is there such a command, and may it be used here?
has() {
    local path
    path=$(command -v "$1") || return 1
    [ -n "$root" ] || return 0
    case $path in
        /bin/* | /sbin/* | /usr/*) return 1 ;;
    esac
}

is_root() { [ "$(id -u)" -eq 0 ]; }

# ---- the metadata server

ask() { # ask PATH: prints what is there; 1 if there is nothing, 2 if nobody answers
    local answer
    answer=$(curl -q --silent --noproxy '*' --connect-timeout 5 --max-time 10 --header 'Metadata-Flavor: Google' \
        --write-out '\n%{http_code}' "$metadata/$1") || return 2
    case ${answer##*$'\n'} in
        200) printf '%s' "${answer%$'\n'*}" ;;
        404) return 1 ;;
        *) return 2 ;;
    esac
}

answered() { # answered PATH: asks until there is an answer; 2 if there never is
    local try code
    for ((try = 1; try <= tries; try++)); do
        code=0
        ask "$1" || code=$?
        [ "$code" -eq 2 ] || return "$code"
        [ "$try" -eq "$tries" ] || sleep "$pause"
    done
    return 2
}

attribute() { # attribute KEY OTHERWISE: there need not be such an attribute
    local value
    value=$(answered "instance/attributes/$1") || [ "$?" -eq 1 ] \
        || say "the metadata server does not answer for $1" >&2
    printf '%s' "${value:-$2}"
}

tell() { # tell KEY VALUE: a VM whose guest attributes are switched off still serves
    curl -q --silent --fail --output /dev/null --noproxy '*' --connect-timeout 5 --max-time 10 --request PUT \
        --header 'Metadata-Flavor: Google' --data-binary "${2:0:250}" "$metadata/instance/guest-attributes/paddock/$1" \
        || say "guest attribute paddock/$1 could not be written" >&2
}

state() {
    say "state $1"
    tell state "$1"
}

# ---- the end, however it comes

stop_vm() {
    local command
    for command in 'shutdown -h now' poweroff 'systemctl poweroff --force'; do
        # shellcheck disable=SC2086 # the words of a command
        if has "${command%% *}" && $command; then
            return 0
        fi
    done
    say "nothing here can stop the VM" >&2
}

fail() {
    why=$1
    exit 1
}

ended() {
    local code=$?
    trap - EXIT ERR
    trap '' TERM INT
    set +e
    if [ "$code" -eq 0 ]; then
        state finished
    else
        state "failed:${why:-the boot script ended with $code}"
    fi
    [ -z "$scratch" ] || rm -rf "$scratch"
    stop_vm
    exit "$code"
}

# A VM that Google takes back is told by SIGTERM. A runner's listener that is interrupted ends its job and says so.
terminated() {
    why="the VM is being stopped"
    [ -n "$child" ] || exit 143
    kill -INT -- "-$child" 2>/dev/null || true
}

# ---- what the image left behind

remove_registration() { # of an image made of a machine that was configured: it would serve under another's name
    local file
    for file in .runner .runner_migrated .credentials .credentials_migrated .credentials_rsaparams .service; do
        if [ -e "$1/$file" ]; then
            rm -f "$1/$file"
            say "removed $1/$file"
        fi
    done
}

remove_leftovers() {
    local unit other
    for unit in "$root"/etc/systemd/system/actions.runner.*.service; do
        [ -e "$unit" ] || continue
        if has systemctl; then
            systemctl disable --now "${unit##*/}" || say "${unit##*/} could not be stopped"
        fi
        rm -f "$unit"
        say "removed $unit"
    done
    for other in "$root"/home/*/actions-runner "$root"/root/actions-runner; do
        if [ -e "$other" ] && [[ $dir/ != "$(readlink -m "$other")"/* ]]; then
            rm -rf "$other"
            say "removed $other"
        fi
    done
    remove_registration "$dir"
}

# ---- the GPU

gpus() { timeout 60 nvidia-smi --list-gpus 2>&1; }

# A card whose memory has failed answers like any other; a driver that cannot be asked proves nothing.
unfit_gpu() { # prints what is wrong with one; 1 if nothing is
    local index memory errors
    while IFS=', ' read -r index memory errors; do
        [[ $index =~ ^[0-9]+$ ]] || continue
        if [[ "$memory $errors" == *Error* || "$memory $errors" == *lost* ]]; then
            printf 'GPU %s says %s' "$index" "$memory $errors"
            return 0
        elif [[ $errors =~ ^[1-9][0-9]*$ ]]; then
            printf 'GPU %s has %s uncorrected memory errors' "$index" "$errors"
            return 0
        fi
    done < <(timeout 60 nvidia-smi --query-gpu=index,memory.total,ecc.errors.uncorrected.volatile.total \
        --format=csv,noheader,nounits 2>/dev/null)
    return 1
}

await_gpu() {
    local try said='there is no nvidia-smi'
    for ((try = 1; try <= tries; try++)); do
        if has nvidia-smi && said=$(gpus) && grep -q '^GPU [0-9]' <<<"$said"; then
            say "GPUs that answer: $(grep -c '^GPU [0-9]' <<<"$said")"
            if said=$(unfit_gpu); then
                fail "$said"
            fi
            return 0
        fi
        [ "$try" -eq "$tries" ] || sleep "$pause"
    done
    said=${said##*$'\n'}
    fail "no GPU after $tries tries: ${said:-nvidia-smi says nothing}"
}

# A GPU that nobody holds open forgets its state, and containers lose it without links in /dev/char.
prepare_gpu() {
    timeout 60 nvidia-smi -pm 1 >/dev/null || say "persistence mode could not be set"
    if has nvidia-modprobe && [ ! -e "$root/dev/nvidia-modeset" ]; then
        nvidia-modprobe -m || say "/dev/nvidia-modeset could not be made"
    fi
    if has nvidia-ctk; then
        timeout 60 nvidia-ctk system create-dev-char-symlinks --create-all >/dev/null \
            || say "links in /dev/char could not be made"
    fi
}

# ---- the runner's package

as_user() { # as_user COMMAND...: as the runner's user, where there is another to be
    if is_root; then
        setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups "$@"
    else
        "$@"
    fi
}

program() { # program FOLDER: what starts the runner there
    local name
    for name in bin/Runner.Listener run.sh; do
        if [ -f "$1/$name" ] && [ -x "$1/$name" ]; then
            printf '%s' "$name"
            return 0
        fi
    done
    return 1
}

installed() { # installed FOLDER: its version, "none" without a runner, "unknown" if it does not say
    local said
    if ! program "$1" >/dev/null; then
        printf none
    elif said=$(cd "$1" && as_user timeout 60 bin/Runner.Listener --version 2>/dev/null) && [[ $said =~ $version ]]; then
        printf '%s' "$said"
    else
        printf unknown
    fi
}

package_url() {
    local arch=x64
    case $(uname -m) in
        aarch64 | arm64) arch=arm64 ;;
    esac
    attribute paddock-runner-url \
        "https://github.com/actions/runner/releases/download/v$1/actions-runner-linux-$arch-$1.tar.gz"
}

own() { # own FOLDER: it belongs to the runner's user, and others see nothing of it
    if is_root && [ "$(stat -c %U "$1")" != "$user" ]; then
        chown -R "$user:" "$1"
    fi
    chmod 700 "$1"
}

unpack() { # unpack VERSION SHA256: into $dir.new; prints why not
    local part=$scratch/runner.tar.gz.part url
    url=$(package_url "$1")
    curl -q --silent --show-error --fail --location --proto '=http,https' --connect-timeout 10 --max-time 120 \
        --retry 2 --retry-delay "$pause" --retry-max-time 150 --output "$part" "$url" 2>"$scratch/said" \
        || { printf '%s: %s' "${url%%\?*}" "$(tail -n 1 "$scratch/said")"; return 1; }
    sha256sum --check --status <<<"${2,,}  $part" \
        || { printf 'the digest of %s is %s' "${url%%\?*}" "$(sha256sum "$part" | cut -c 1-64)"; return 1; }
    mkdir -p "$dir.new"
    tar --extract --gzip --no-same-owner --file "$part" --directory "$dir.new" 2>"$scratch/said" \
        || { printf 'it cannot be unpacked: %s' "$(tail -n 1 "$scratch/said")"; return 1; }
    rm -f "$part"
    own "$dir.new" || { printf 'it cannot be given to %s' "$user"; return 1; }
    [ "$(installed "$dir.new")" = "$1" ] || { printf 'the package holds version %s' "$(installed "$dir.new")"; return 1; }
}

# Puts the package's entries in the place of the image's; what only the image has, such as its _work, stays.
take_new() {
    local entry name
    mkdir -p "$dir" "$dir.old"
    for entry in "$dir.new"/*; do
        name=${entry##*/}
        if [ -e "$dir/$name" ] || [ -L "$dir/$name" ]; then
            mv "$dir/$name" "$dir.old/$name"
        fi
        mv "$entry" "$dir/$name"
    done
    rm -rf "$dir.new" "$dir.old"
}

# A runner of the image that is old may still be taken by GitHub; one that is not started serves for certain nothing.
update() { # update HAVE
    local want sha256 reason
    want=$(attribute paddock-runner-version '')
    [ -n "$want" ] || return 0
    sha256=$(attribute paddock-runner-sha256 '')
    if [ "$1" = "$want" ]; then
        return 0
    elif ! [[ $want =~ $version ]]; then
        reason="paddock-runner-version is no version: $want"
    elif [[ $1 =~ $version ]] && [ "$(printf '%s\n%s\n' "$1" "$want" | sort -V | tail -n 1)" = "$1" ]; then
        say "the image's runner $1 is newer than $want"
        return 0
    elif ! [[ $sha256 =~ $digest ]]; then
        reason="paddock-runner-sha256 is not the digest of $want: ${sha256:-there is none}"
    else
        state updating
        rm -rf "$dir.new" "$dir.old"
        if reason=$(unpack "$want" "$sha256"); then
            take_new
            say "runner $1 updated to $want"
            tell update "updated:$want"
            return 0
        fi
        rm -rf "$dir.new"
    fi
    say "runner $1 kept, not $want: $reason"
    tell update "kept:$1: $reason"
}

# ---- the runner itself

# The registration serves once, so a VM that boots again has nothing to do; an image made of such a VM has.
serve_once() {
    local id used=$root/var/lib/paddock/served
    id=$(ask instance/id) || return 0
    if [ -e "$used" ] && [ "$(cat "$used")" = "$id" ]; then
        fail "this VM has served before, and was started again"
    fi
    mkdir -p "${used%/*}"
    printf '%s' "$id" >"$used"
}

fetch_registration() {
    local try
    for ((try = 1; try <= tries; try++)); do
        registration=$(ask instance/attributes/paddock-jit-config) || registration=
        [ -z "$registration" ] || return 0
        [ "$try" -eq "$tries" ] || sleep "$pause"
    done
    fail "there is no paddock-jit-config"
}

# Jobs are not to read what the VM was given, nor to be its service account. The same address answers for names (DNS),
# which stay allowed. Containers' packets are forwarded, and have no owner.
block_metadata() {
    local owner
    if [ -e "$root/etc/paddock/allow-metadata" ]; then
        say "the image leaves the metadata server open to jobs"
        return 0
    fi
    is_root || return 0
    owner=$(id -u "$user")
    if block_by_nft "$owner" || block_by_iptables "$owner"; then
        say "jobs do not reach the metadata server"
    else
        say "jobs reach the metadata server: nft and iptables are missing, or refuse"
    fi
}

block_by_nft() {
    has nft && nft -f - <<RULES
add table inet paddock
add chain inet paddock output { type filter hook output priority 0; }
add chain inet paddock forward { type filter hook forward priority 0; }
add rule inet paddock output meta skuid $1 ip daddr 169.254.169.254 tcp dport != 53 reject
add rule inet paddock output meta skuid $1 ip6 daddr fd20:ce::254 tcp dport != 53 reject
add rule inet paddock forward ip daddr 169.254.169.254 tcp dport != 53 reject
add rule inet paddock forward ip6 daddr fd20:ce::254 tcp dport != 53 reject
RULES
}

block_by_iptables() {
    local tool address
    for tool in iptables ip6tables; do
        address=169.254.169.254
        [ "$tool" = iptables ] || address=fd20:ce::254
        if has "$tool" \
            && "$tool" -w 5 -I OUTPUT -d "$address" -p tcp ! --dport 53 -m owner --uid-owner "$1" -j REJECT \
            && "$tool" -w 5 -I FORWARD -d "$address" -p tcp ! --dport 53 -j REJECT; then
            continue
        fi
        [ "$tool" = ip6tables ] || return 1 # few VMs have addresses of IPv6
        say "ip6tables is missing or refuses"
    done
}

launch() { # replaces this process; what the runner inherits is said here, and nothing else is
    local name home
    for name in $(compgen -e); do
        case $name in
            PATH | LANG | TZ | *_proxy | *_PROXY) ;;
            *) unset "$name" 2>/dev/null || true ;;
        esac
    done
    home=$dir
    if is_root; then
        home=$(getent passwd "$user" | cut -d : -f 6)
    fi
    export HOME=$home USER=$user LOGNAME=$user SHELL=/bin/bash
    export ACTIONS_RUNNER_INPUT_JITCONFIG=$registration
    export ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE=1 RUNNER_MANUALLY_TRAP_SIG=1
    umask 077
    trap - EXIT ERR TERM INT PIPE
    cd "$dir"
    local command=("./$start")
    [ "$start" = run.sh ] || command+=(run)
    if is_root; then
        exec setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups "${command[@]}"
    fi
    exec "${command[@]}"
}

follow() { # passes on what the runner says, and tells what it shows of its state
    local line
    while IFS= read -r line || [ -n "$line" ]; do
        printf '%s\n' "$line" || true
        if [[ $line =~ $listening ]]; then
            state ready
        elif [[ $line =~ $job ]]; then
            state running
        fi
    done
}

run_once() { # sets code
    local reader wait
    rm -f "$scratch/said"
    mkfifo "$scratch/said"
    set -m # a process group of its own, and SIGINT not ignored
    (trap - EXIT ERR TERM INT; follow) <"$scratch/said" &
    reader=$!
    (launch) >"$scratch/said" 2>&1 &
    child=$!
    set +m
    while true; do
        code=0
        wait "$child" || code=$?
        kill -0 "$child" 2>/dev/null || break
    done
    child=
    for ((wait = 1; wait <= 20; wait++)); do # what a job left running may hold the pipe open
        kill -0 "$reader" 2>/dev/null || break
        sleep 1
    done
    kill -- "-$reader" 2>/dev/null || true
    wait "$reader" || true
}

await_update() { # the runner has fetched its successor, and a script of it swaps them
    local try
    for ((try = 1; try <= 31; try++)); do
        [ ! -f "$dir/update.finished" ] || break
        sleep 1
    done
    rm -f "$dir/update.finished"
}

run() {
    local try code
    for ((try = 1; try <= tries; try++)); do
        run_once
        [ -z "$why" ] || exit 143
        case $code in
            0) return 0 ;;
            2) say "the runner asks to be started again" && sleep "$pause" ;;
            3 | 4) await_update ;;
            5) fail "GitHub has another session of this runner" ;;
            7) fail "GitHub refuses version $(installed "$dir") of the runner" ;;
            *) fail "the runner ended with $code" ;;
        esac
    done
    fail "the runner ended with $code, $tries times"
}

main() {
    local expect have registration='' start dir user
    scratch=$(mktemp -d)
    answered instance/id >/dev/null || [ "$?" -eq 1 ] || fail "the metadata server does not answer"
    state booting
    dir=$(readlink -m "$root$(attribute paddock-runner-dir /actions-runner)")
    user=$(attribute paddock-user runner)
    remove_leftovers
    if is_root; then
        [ "$(id -u "$user" 2>/dev/null || echo none)" != none ] || fail "there is no user $user"
        [ "$(id -u "$user")" -ne 0 ] || fail "user $user is root, and so would be every job"
    fi

    expect=$(answered instance/attributes/paddock-expect-gpu) || [ "$?" -eq 1 ] \
        || fail "the metadata server does not answer for paddock-expect-gpu"
    case $expect in
        true)
            state gpu
            await_gpu
            prepare_gpu
            ;;
        false) ;;
        '') say "there is no paddock-expect-gpu, so no GPU is looked for" ;;
        *) fail "paddock-expect-gpu is neither true nor false: '$expect'" ;;
    esac

    state image
    [ ! -d "$dir" ] || own "$dir"
    have=$(installed "$dir")
    say "runner $have in $dir"
    update "$have"
    start=$(program "$dir") || fail "there is no runner in $dir"
    own "$dir"

    state starting
    serve_once
    fetch_registration
    block_metadata
    run
}

if [ -z "$root" ] && ! grep -qs Google /sys/class/dmi/id/product_name; then
    say "this is not a VM of Google's, and would be stopped: set PADDOCK_ROOT to try it in a folder" >&2
    exit 64
fi
trap ended EXIT
trap 'why=${why:-line $LINENO failed}' ERR
trap terminated TERM INT
trap '' PIPE
main
