#!/usr/bin/env bash
# Runs the gate and keeps its exit code for a later step: reports are uploaded and comments written before the job fails.
# Annotations and the summary of the step are the gate's own doing.
set -uo pipefail

reports="${RUNNER_TEMP:?}/trueup-reports"
rm -rf "$reports"
mkdir -p "$reports" || exit 2
{
    echo "reports=$reports"
} >>"${GITHUB_OUTPUT:?}" || exit 2

words=(gate)
# $1 is an option, $2 its value, which may be empty.
one() {
    [ -z "$2" ] || words+=("$1" "$2")
}
# One value a line; each line gives the option again.
each() {
    local line
    while IFS= read -r line; do
        line="${line#"${line%%[![:space:]]*}"}"
        line="${line%"${line##*[![:space:]]}"}"
        [ -z "$line" ] || words+=("$1" "$line")
    done <<<"$2"
}

target="${INPUT_TARGET:-}"
if [ "${INPUT_FORK:-}" = true ] && [ -n "${INPUT_FORK_TARGET:-}" ]; then
    target="$INPUT_FORK_TARGET"
fi
case "${INPUT_LIVE:-}" in
*://*)
    echo '::error title=trueup::the input live is for files; a URL belongs into a secret, under the name that url-env gives' >&2
    echo 'exit-code=2' >>"$GITHUB_OUTPUT"
    exit 0
    ;;
esac
one --config "${INPUT_CONFIG:-}"
one --target "$target"
each --desired "${INPUT_DESIRED:-}"
each --live "${INPUT_LIVE:-}"
one --base "${INPUT_BASE:-}"
one --baseline "${INPUT_BASELINE:-}"
each --fail-on "${INPUT_FAIL_ON:-}"
one --max-age "${INPUT_MAX_AGE:-}"
for report in sarif=sarif markdown=md html=html junit=xml json=json; do
    words+=(--output "${report%%=*}=$reports/trueup.${report#*=}")
done

code=2
if cd -- "${INPUT_DIRECTORY:-.}"; then
    trueup "${words[@]}"
    code=$?
fi
echo "exit-code=$code" >>"$GITHUB_OUTPUT"
