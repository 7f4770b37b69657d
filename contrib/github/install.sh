#!/usr/bin/env bash
# Brings trueup onto the PATH of the steps that follow. Its settings come as variables, never as text of a script.
set -euo pipefail

stop() {
    echo "::error title=trueup::$1" >&2
    exit 2
}

home="${RUNNER_TEMP:?}/trueup-install"
mkdir -p "$home/bin"

case "${TRUEUP_INSTALL:-cargo}" in
cargo)
    if [ ! -x "$home/bin/trueup" ]; then
        command -v cargo >/dev/null || stop 'cargo is not on this runner: install Rust before this step, or use install: release'
        repository="${TRUEUP_REPOSITORY:?}"
        case "$repository" in
        https://* | file://*) ;;
        *) stop 'the input repository must begin with https://' ;;
        esac
        which=()
        if [[ "${TRUEUP_VERSION:-}" =~ ^[0-9a-f]{7,40}$ ]]; then
            which=(--rev "$TRUEUP_VERSION")
        elif [ -n "${TRUEUP_VERSION:-}" ]; then
            which=(--tag "$TRUEUP_VERSION")
        fi
        cargo install --locked --root "$home" --git "$repository" ${which[@]+"${which[@]}"} trueup
    fi
    ;;
release)
    url="${TRUEUP_RELEASE_URL:-}" sum="${TRUEUP_RELEASE_SHA256:-}"
    case "$url" in
    https://*) ;;
    *) stop 'install: release needs release-url, which begins with https://' ;;
    esac
    [[ "$sum" =~ ^[0-9a-fA-F]{64}$ ]] || stop 'install: release needs release-sha256, 64 hexadecimal digits: without it nobody knows what was fetched'
    curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --output "$home/trueup.tar.gz" -- "$url"
    echo "${sum,,}  $home/trueup.tar.gz" | sha256sum --check --quiet || stop 'what release-url gave is not what release-sha256 says'
    # Only the program is taken out, wherever in the archive it lies.
    member=$(tar -tzf "$home/trueup.tar.gz" | grep -E '(^|/)trueup$' | head -n 1) || stop 'the archive holds no program trueup'
    tar -xzf "$home/trueup.tar.gz" --to-stdout -- "$member" >"$home/bin/trueup"
    chmod +x "$home/bin/trueup"
    ;;
none)
    command -v trueup >/dev/null || stop 'install: none, and no trueup is on the PATH'
    trueup --version
    exit 0
    ;;
*)
    stop 'the input install is cargo, release or none'
    ;;
esac

"$home/bin/trueup" --version
echo "$home/bin" >>"${GITHUB_PATH:?}"
