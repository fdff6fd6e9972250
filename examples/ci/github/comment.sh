#!/usr/bin/env bash
# Writes the one comment about a plan, or about an apply: the one that is there already, or a new one. A comment is ours when it
# starts with our marker and we wrote it. Nothing is ever read out of it.
. "${BASH_SOURCE%/*}/common.sh"

MARKER="<!-- stytch-reconcile in CI: $COMMAND of $MARKER -->"
export MARKER
result=$work/result.md
body=$work/comment.md
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"

lead() {
  case $COMMAND-$CODE in
  plan-0) ;;
  plan-3) echo '**This plan is blocked**: merging it would write nothing. What forbids it stands below.' ;;
  plan-7) echo '**Not everything could be read**: this plan is not complete, and merging it would write nothing. Run it again.' ;;
  plan-*) echo "**No plan could be made of $COMMIT.** The log of the run says why. What stood here before is not valid any more." ;;
  apply-0) echo "$COMMIT was applied." ;;
  apply-3) echo '**Nothing was written.** The plan is blocked now; what forbids it stands below.' ;;
  apply-4)
    if [ "$REPORTED" = true ]; then
      echo '**Not everything was applied**: what changed after the plan was made was left alone.'
    elif [ -n "$WHY" ]; then
      echo "**Nothing was written**: $WHY."
    else
      echo '**Nothing was written**: what would run now is not what was reviewed. Something changed in between, in Stytch or in the documents.'
    fi
    if [ "$REPORTED" != true ] && [ -z "$FRESH" ]; then
      printf '\nWhat would run now is blocked, or could not be read whole.\n'
    elif [ "$REPORTED" != true ]; then
      printf '\nBelow stands what would run now. Whoever may apply it, and has read it, says so with\n\n```sh\ngh workflow run %s --ref %s -f digest=%s\n```\n' \
        "$WORKFLOW" "$(branch)" "$FRESH"
    fi
    ;;
  apply-5) echo '**Applied in part.** Run the job again for the rest, or fix what is in the way.' ;;
  apply-7) echo '**Applied, but for what could not be read whole.**' ;;
  apply-*) echo '**The apply could not run; nothing was written.** The log of the run says why.' ;;
  esac
}

{
  echo "$MARKER"
  lead
  echo
  cat "$result"
  printf '\n<sub>%s of `%s` in [this run](%s), whose summary shows more of it where this comment is cut.</sub>\n' "$COMMAND" "$COMMIT" "$run"
} >"$body"

comments=repos/$GITHUB_REPOSITORY/issues
found=$(gh api --paginate "$comments/$NUMBER/comments?per_page=100" --jq '.[]
  | select(.user.login == env.AUTHOR and (.body | startswith(env.MARKER))) | .id')
id=${found%%$'\n'*}
if [ -n "$id" ]; then
  gh api --silent --method PATCH "$comments/comments/$id" --field "body=@$body"
else
  gh api --silent --method POST "$comments/$NUMBER/comments" --field "body=@$body"
fi
