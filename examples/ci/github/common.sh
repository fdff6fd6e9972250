# Sourced by the other scripts: where files go, and how a step hands something to the next.
# shellcheck shell=bash
set -euo pipefail

# What a workflow gives the action as its environment reaches every step of it. Only the one that runs the program keeps it.
if [ "${0##*/}" != run.sh ]; then unset "${!STYTCH_@}"; fi

work=$RUNNER_TEMP/stytch-reconcile
mkdir -p "$work"

# output NAME VALUE: all of ours are single words or sentences of our own.
output() {
  case $2 in *$'\n'*) echo "error: $1 has more than one line" >&2; exit 1 ;; esac
  printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

# lines NAME TEXT: an array of the lines of a text that are not empty.
lines() {
  local -n into=$1
  local line
  into=()
  while IFS= read -r line; do
    if [ -n "$line" ]; then into+=("$line"); fi
  done <<<"$2"
}

is_digest() {
  [[ $1 =~ ^sha256:[0-9a-f]{64}$ ]]
}

# The branch that documents are applied from: of a merge queue the one that it leads to.
branch() {
  local ref=${QUEUE_BRANCH:-$GITHUB_REF_NAME}
  printf '%s' "${ref#refs/heads/}"
}
