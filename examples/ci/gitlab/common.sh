# Sourced by the other scripts: GitLab's API, and the one note of ours on a merge request.
# shellcheck shell=sh
set -eu
umask 077

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
project=$CI_API_V4_URL/projects/$CI_PROJECT_ID
job="[this job]($CI_JOB_URL)"
: >"$work/result.md"

# The token is in a file, because everybody on the machine can read the arguments of a program.
printf 'header = "PRIVATE-TOKEN: %s"\n' "$STYTCH_GITLAB_TOKEN" >"$work/curl"

# api METHOD ADDRESS [FILE] sends a request, with the JSON in a file.
api() {
  if [ $# -gt 2 ]; then
    curl --silent --show-error --fail-with-body --config "$work/curl" --request "$1" --json "@$3" "$2"
  else
    curl --silent --show-error --fail-with-body --config "$work/curl" --request "$1" "$2"
  fi
}

# pages ADDRESS FILTER prints what a filter finds on all pages of a list.
pages() {
  page=1
  while [ -n "$page" ]; do
    curl --silent --show-error --fail-with-body --config "$work/curl" --dump-header "$work/header" \
      --url-query "per_page=100" --url-query "page=$page" "$1" >"$work/page"
    jq --raw-output "$2" "$work/page"
    page=$(tr -d '\r' <"$work/header" | sed -n 's/^[xX]-[nN]ext-[pP]age: *//p')
  done
}

# one ADDRESS FILTER prints what a filter finds in an answer. There is no pipe: it would hide that there was no answer.
one() {
  api GET "$1" >"$work/one"
  jq --raw-output "$2" "$work/one"
}

first() {
  printf '%s\n' "$1" | head -n 1
}

# Whom we write as. What others wrote is never touched, whatever it says.
author=$(one "$CI_API_V4_URL/user" .id)
export author

# note IID WHAT FILE writes the one note about a plan or an apply: the one that is there already, or a new one.
note() {
  marker="<!-- stytch-reconcile in CI: $2 of $STYTCH_MARKER -->"
  export marker
  { echo "$marker"; cat "$3"; printf '\n%s of %s in %s.\n' "$2" "$CI_COMMIT_SHA" "$job"; } >"$work/body"
  jq --null-input --rawfile body "$work/body" '{body: $body}' >"$work/body.json"
  found=$(pages "$project/merge_requests/$1/notes" '.[]
    | select((.system | not) and (.author.id | tostring) == env.author and (.body | startswith(env.marker))) | .id')
  id=$(first "$found")
  if [ -n "$id" ]; then
    api PUT "$project/merge_requests/$1/notes/$id" "$work/body.json" >/dev/null
  else
    api POST "$project/merge_requests/$1/notes" "$work/body.json" >/dev/null
  fi
}

# The commit that was applied last, for --base: the last one that the job "apply" deployed. Others may deploy to an environment of
# this name.
base() {
  found=$(pages "$project/deployments?environment=$STYTCH_MARKER&status=success&order_by=id&sort=desc" \
    '.[] | select(.deployable.name == "apply") | .sha')
  commit=$(first "$found")
  if [ -n "$commit" ] && git cat-file -e "$commit^{commit}" 2>/dev/null; then
    echo "--base=git:$commit"
  fi
}

is_digest() {
  printf '%s\n' "$1" | grep -Eqx 'sha256:[0-9a-f]{64}'
}
