#!/usr/bin/env bash
# Finds the digest of the plan that was reviewed, or says why there is none; the README says what this withstands. Whatever is
# missing or not as it should be means that nothing was reviewed, and then nothing is applied.
. "${BASH_SOURCE%/*}/common.sh"

none() {
  output why "$1"
  echo "notice: $1" >&2
  exit 0
}

repository=repos/$GITHUB_REPOSITORY
branch=$(branch)
export branch # for the filters, which see it as env.branch: nothing is pasted into them
case $GITHUB_EVENT_NAME in
workflow_dispatch)
  # A person has read the plan in the comment and gives its digest; who that may be, the environment says.
  is_digest "$DIGEST" || { echo 'error: the digest must be sha256: and 64 hexadecimal digits, as a plan shows it' >&2; exit 1; }
  output digest "$DIGEST"
  exit 0
  ;;
push)
  # The pull request that became this very commit, however it was merged. That a commit belongs to some pull request is not enough.
  found=$(gh api --paginate "$repository/commits/$GITHUB_SHA/pulls?per_page=100" --jq '.[]
    | select(.merged_at != null and .merge_commit_sha == env.GITHUB_SHA and .base.ref == env.branch)
    | "\(.number) \(.head.sha) \(.head.repo.full_name)"')
  read -r number head from <<<"$found"
  [ -n "$number" ] || none 'no pull request became this commit, so nobody reviewed a plan of it'
  ;;
merge_group)
  [[ $QUEUED =~ /pr-([0-9]+)-[0-9a-f]+$ ]] || none 'the merge queue does not say which pull request this is'
  number=${BASH_REMATCH[1]}
  found=$(gh api "$repository/pulls/$number" --jq '"\(.head.sha) \(.head.repo.full_name)"')
  read -r head from <<<"$found"
  ;;
*)
  echo "error: $GITHUB_EVENT_NAME brings no reviewed plan" >&2
  exit 1
  ;;
esac
output number "$number"
[ "$from" = "$GITHUB_REPOSITORY" ] || none "pull request $number comes from a fork, and plans of forks are not made"

# The newest run of the plan for the last commit of the pull request. One that failed, or is not done, hides those before it.
export head
found=$(gh api "$repository/actions/workflows/$WORKFLOW/runs?event=pull_request&head_sha=$head&per_page=100" --jq '
  [.workflow_runs[] | select(.head_sha == env.head and .head_repository.full_name == env.GITHUB_REPOSITORY)]
  | max_by(.run_number) // empty | select(.conclusion == "success") | "\(.id) \(.run_attempt)"')
read -r run attempt <<<"$found"
[ -n "$run" ] || none "the last commit of pull request $number has no plan that could be applied"

rm -rf "$work/reviewed"
gh run download "$run" --repo "$GITHUB_REPOSITORY" --name "stytch-plan-$MARKER-$attempt" --dir "$work/reviewed" ||
  none "the plan of pull request $number is not kept any more, or none was made"
digest=$(head -c 100 "$work/reviewed/digest")
is_digest "$digest" || none "what is kept as the digest of pull request $number is none"
output digest "$digest"
