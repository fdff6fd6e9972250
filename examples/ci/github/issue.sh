#!/usr/bin/env bash
# Opens, updates and closes the one issue about drift. It is ours when it starts with the marker of the environment, which the
# program writes, and we wrote it. Its title holds nothing that comes from Stytch.
. "${BASH_SOURCE%/*}/common.sh"

if [ ! -s "$work/issue.md" ]; then
  echo 'notice: drift could not be looked for, so the issue stays as it is' >&2
  exit 0
fi
first=$(head -n 1 "$work/issue.md")
export first
issues=repos/$GITHUB_REPOSITORY/issues
found=$(gh api --paginate "$issues?state=open&per_page=100" --jq '.[]
  | select(.pull_request == null and .user.login == env.AUTHOR and (.body // "" | startswith(env.first))) | .number')
number=$(sort -n <<<"$found" | head -n 1)

printf '\n<sub>Found by [this run](%s).</sub>\n' "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID" >>"$work/issue.md"

case $CODE in
0 | 6)
  # Nothing differs any more: the issue says so, and is closed.
  if [ -n "$number" ]; then
    gh api --silent --method PATCH "$issues/$number" --field "body=@$work/issue.md" --raw-field state=closed --raw-field state_reason=completed
  fi
  ;;
*)
  # What could not be read whole is never taken for gone: such a run may update, and open, but not close.
  if [ -n "$number" ]; then
    gh api --silent --method PATCH "$issues/$number" --field "body=@$work/issue.md"
  elif [ "${DRIFT:-0}" != 0 ]; then
    gh api --silent --method POST "$issues" --raw-field "title=Stytch has drifted from what is declared ($MARKER)" --field "body=@$work/issue.md"
  fi
  ;;
esac
