#!/bin/sh
# Plans a merge request, and shows the plan in its note. The digest is kept by the job: a note can be edited, an artifact cannot.
. "${0%/*}/common.sh"

code=0
git fetch --quiet origin "+refs/heads/$CI_MERGE_REQUEST_TARGET_BRANCH_NAME:refs/remotes/origin/$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"
stytch-reconcile plan --format markdown --max-bytes 990000 -o "$work/plan.json" \
  --base "git:origin/$CI_MERGE_REQUEST_TARGET_BRANCH_NAME" "$STYTCH_PATHS" >"$work/result.md" || code=$?

{
  case $code in
  0) ;;
  3) echo '**This plan is blocked**: merging it would write nothing. What forbids it stands below.' ;;
  7) echo '**Not everything could be read**: this plan is not complete, and merging it would write nothing. Run it again.' ;;
  *) echo '**No plan could be made.** The log of the job says why. What stood here before is not valid any more.' ;;
  esac
  echo
  cat "$work/result.md"
} >"$work/note.md"
note "$CI_MERGE_REQUEST_IID" plan "$work/note.md"

if [ "$code" = 0 ]; then
  jq --raw-output .digest "$work/plan.json" >stytch-digest
fi
exit "$code"
