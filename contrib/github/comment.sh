#!/usr/bin/env bash
# Writes the report as a comment on the pull request: the one that is there is edited, so that there is always one for each
# target. A comment that can't be written is told; it does not change the gate's answer.
set -uo pipefail

# The first line of the report is a marker that nobody sees; it names the target.
body="${TRUEUP_REPORTS:?}/trueup.md"
if ! marker=$(head -n 1 -- "$body") || [[ "$marker" != '<!-- trueup-gate'* ]]; then
    echo '::warning title=trueup::there is no report to comment with'
    exit 0
fi
export marker
comments="repos/${GITHUB_REPOSITORY:?}/issues/${TRUEUP_PULL_REQUEST:?}/comments"

# Only a bot's comment: whoever quotes the marker keeps what they wrote.
# shellcheck disable=SC2016 # $ENV is jq's.
mine='.[] | select(.user.type == "Bot" and (.body | split("\n")[0] | rtrimstr("\r")) == $ENV.marker) | .id'
if ! ids=$(gh api --paginate "$comments?per_page=100" --jq "$mine"); then
    echo '::warning title=trueup::the comments of this pull request could not be read: does the job have pull-requests: write?'
    exit 0
fi
id=${ids%%$'\n'*}
if [ -n "$id" ]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field "body=@$body"
else
    gh api --silent --method POST "$comments" --field "body=@$body"
fi || echo '::warning title=trueup::the comment could not be written: does the job have pull-requests: write?'
