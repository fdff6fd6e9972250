#!/bin/sh
# Applies what was merged, if it is what was reviewed. ../README.md says what this withstands.
. "${0%/*}/common.sh"

iid= digest= why=

# reviewed finds the digest of the plan that was reviewed. Whatever is missing means that nothing was.
reviewed() {
  # The merge request that became this very commit, however it was merged.
  found=$(pages "$project/repository/commits/$CI_COMMIT_SHA/merge_requests" '.[]
    | select(.state == "merged" and .target_branch == env.CI_COMMIT_BRANCH
        and (.merge_commit_sha == env.CI_COMMIT_SHA or .squash_commit_sha == env.CI_COMMIT_SHA or .sha == env.CI_COMMIT_SHA))
    | .iid')
  iid=$(first "$found")
  if [ -z "$iid" ]; then
    why='no merge request became this commit, so nobody reviewed a plan of it'
    return
  fi
  # Its last pipeline, if that is one of ours and of its last commit.
  pipeline=$(one "$project/merge_requests/$iid" '
    select((.source_project_id | tostring) == env.CI_PROJECT_ID and .head_pipeline.sha == .sha
      and .head_pipeline.source == "merge_request_event") | .head_pipeline.id')
  planned=
  if [ -n "$pipeline" ]; then
    planned=$(pages "$project/pipelines/$pipeline/jobs" '.[] | select(.name == "plan" and .status == "success") | .id')
  fi
  if [ -z "$planned" ]; then
    why="the last commit of merge request $iid has no plan that could be applied"
    return
  fi
  digest=$(api GET "$project/jobs/$(first "$planned")/artifacts/stytch-digest") || digest=
  if ! is_digest "$digest"; then
    digest= why="the digest of merge request $iid is not kept any more"
  fi
}

if [ "$CI_PIPELINE_SOURCE" = web ]; then
  digest=$STYTCH_DIGEST
  is_digest "$digest" || { echo 'error: STYTCH_DIGEST must be sha256: and 64 hexadecimal digits, as a plan shows it' >&2; exit 1; }
else
  reviewed
fi

code=0
fresh=0
base=$(base)
if [ -n "$digest" ]; then
  stytch-reconcile apply --auto-approve --digest "$digest" --report "$work/report.json" --format markdown --max-bytes 990000 \
    ${base:+"$base"} "$STYTCH_PATHS" >"$work/result.md" || code=$?
else
  code=4
fi
if [ "$code" = 4 ] && [ ! -e "$work/report.json" ]; then
  # Nothing was written. What would run now is shown, so that a person can decide about it, if there is something to decide. It
  # concludes nothing: the code stays.
  stytch-reconcile plan --format markdown --max-bytes 990000 -o "$work/plan.json" ${base:+"$base"} "$STYTCH_PATHS" >"$work/result.md" || fresh=$?
  : "${why:=what would run now is not what was reviewed; something changed in between, in Stytch or in the documents}"
  echo "error: nothing was written: $why" >&2
fi

{
  case $code in
  0) echo "$CI_COMMIT_SHA was applied." ;;
  3) echo '**Nothing was written.** The plan is blocked now; what forbids it stands below.' ;;
  4)
    if [ -n "$why" ] && [ ! -e "$work/report.json" ]; then
      echo "**Nothing was written**: $why."
      if [ "$fresh" != 0 ]; then
        printf '\nWhat would run now is blocked, or could not be read whole.\n'
      else
        printf '\nBelow stands what would run now. Whoever may apply it, and has read it, starts a pipeline of `%s` with `STYTCH_DIGEST` set to `%s`.\n' \
          "$CI_COMMIT_BRANCH" "$(jq --raw-output .digest "$work/plan.json")"
      fi
    else
      echo '**Not everything was applied**: what changed after the plan was made was left alone.'
    fi
    ;;
  5) echo '**Applied in part.** Run the job again for the rest, or fix what is in the way.' ;;
  7) echo '**Applied, but for what could not be read whole.**' ;;
  *) echo '**The apply could not run; nothing was written.** The log of the job says why.' ;;
  esac
  echo
  cat "$work/result.md"
} >"$work/note.md"
if [ -n "$iid" ]; then
  note "$iid" apply "$work/note.md"
else
  cat "$work/note.md"
fi
exit "$code"
