#!/usr/bin/env bash
# Finds the commit that was applied last, for --base: what was declared when documents and Stytch last agreed. Then what
# somebody merged and nobody applied is an edit that waits, and only the rest is drift.
. "${BASH_SOURCE%/*}/common.sh"

branch=$(branch)
export branch
# A pull request may bring a workflow file of this name that does nothing, from a branch of this name: it applied nothing.
commit=$(gh api --method GET "repos/$GITHUB_REPOSITORY/actions/workflows/$WORKFLOW/runs" \
  --raw-field "branch=$branch" --raw-field status=success --raw-field per_page=100 --jq '
  [.workflow_runs[] | select((.event == "push" or .event == "workflow_dispatch")
    and .head_branch == env.branch and .head_repository.full_name == env.GITHUB_REPOSITORY)][0].head_sha // ""')
if [ -n "$commit" ] && git cat-file -e "$commit^{commit}" 2>/dev/null; then
  output base "git:$commit"
fi
