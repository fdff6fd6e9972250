#!/usr/bin/env bash
# Runs the command. Its exit code becomes an output and not the end of the job: what was found is told first, by the steps that
# follow, and conclude.sh ends the job.
. "${BASH_SOURCE%/*}/common.sh"

# What another use of the action in this job left is not taken for what this one found.
rm -f "$work"/digest "$work"/fresh "$work"/issue.md "$work"/report.json

lines paths "$PATHS"
lines extra "$ARGUMENTS"
base=()
if [ -n "$BASE" ]; then base=(--base "$BASE"); fi
# A comment takes 65,536 characters, and comment.sh adds a few lines to what is written here.
markdown=(--format markdown --max-bytes 64000)
told=(--annotations github --step-summary --step-outputs)
result=$work/result.md
: >"$result"
code=0

plan() {
  "$BINARY" plan "${markdown[@]}" "$@" "${base[@]}" "${extra[@]}" -- "${paths[@]}" >"$result" || code=$?
}

case $COMMAND in
validate)
  "$BINARY" validate --annotations github "${extra[@]}" -- "${paths[@]}" || code=$?
  ;;
plan)
  plan "${told[@]}"
  # The digest as the program gives it to this step; the artifact is made of it.
  sed -n 's/^digest=\(sha256:[0-9a-f]*\)$/\1/p' "$GITHUB_OUTPUT" >"$work/digest"
  ;;
apply)
  if [ -n "$DIGEST" ]; then
    "$BINARY" apply --auto-approve --digest "$DIGEST" --report "$work/report.json" \
      "${markdown[@]}" "${told[@]}" "${base[@]}" "${extra[@]}" -- "${paths[@]}" >"$result" || code=$?
  else
    code=4
  fi
  if [ -e "$work/report.json" ]; then
    output reported true
  elif [ "$code" = 4 ]; then
    # Nothing was written. What would run now is shown, so that a person can decide about it, if there is something to decide. It
    # concludes nothing: the code stays.
    code=0
    GITHUB_OUTPUT=$work/fresh plan --step-summary --step-outputs
    if [ "$code" = 0 ]; then
      output fresh "$(sed -n 's/^digest=\(sha256:[0-9a-f]*\)$/\1/p' "$work/fresh")"
    fi
    code=4
  fi
  ;;
verify)
  if git diff --quiet "$QUEUE_BASE" HEAD -- "${paths[@]}"; then
    echo 'The documents are those of the branch: there is nothing to verify.'
  elif [ -n "$DIGEST" ]; then
    "$BINARY" verify --digest "$DIGEST" "${told[@]}" "${base[@]}" "${extra[@]}" -- "${paths[@]}" || code=$?
  else
    code=4
  fi
  ;;
drift)
  mkdir -p .stytch-drift
  repair=()
  if [ "$REPAIR" = true ]; then repair=(--repair --auto-approve); fi
  "$BINARY" drift --state ".stytch-drift/$MARKER.json" --issue-body "$work/issue.md" "${markdown[@]}" "${told[@]}" \
    "${repair[@]}" "${base[@]}" "${extra[@]}" -- "${paths[@]}" >"$result" || code=$?
  ;;
*)
  echo "error: the command is validate, plan, verify, apply or drift" >&2
  exit 1
  ;;
esac
output code "$code"
