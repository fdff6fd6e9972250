#!/bin/sh
# Looks for drift, and opens, updates and closes the one issue about it. Its title holds nothing that comes from Stytch.
. "${0%/*}/common.sh"

code=0
base=$(base)
mkdir -p .stytch-drift
stytch-reconcile drift --state ".stytch-drift/$STYTCH_MARKER.json" --issue-body "$work/issue.md" --format json \
  ${base:+"$base"} "$STYTCH_PATHS" >"$work/drift.json" || code=$?
if [ ! -s "$work/issue.md" ]; then
  echo 'notice: drift could not be looked for, so the issue stays as it is' >&2
  exit "$code"
fi

marker=$(head -n 1 "$work/issue.md")
export marker
found=$(pages "$project/issues?state=opened&order_by=created_at&sort=asc" '.[]
  | select((.author.id | tostring) == env.author and (.description // "" | startswith(env.marker))) | .iid')
id=$(first "$found")
printf '\nFound by %s.\n' "$job" >>"$work/issue.md"

case $code in
0 | 6) # nothing differs any more: the issue says so, and is closed
  code=0
  if [ -n "$id" ]; then
    jq --null-input --rawfile description "$work/issue.md" '{description: $description, state_event: "close"}' >"$work/issue.json"
    api PUT "$project/issues/$id" "$work/issue.json" >/dev/null
  fi
  ;;
*) # what could not be read whole is never taken for gone: such a run may update, and open, but not close
  if [ "$code" = 2 ]; then code=0; fi
  if [ -n "$id" ]; then
    jq --null-input --rawfile description "$work/issue.md" '{description: $description}' >"$work/issue.json"
    api PUT "$project/issues/$id" "$work/issue.json" >/dev/null
  elif [ "$(jq --raw-output '.drift | length' "$work/drift.json")" != 0 ]; then
    jq --null-input --rawfile description "$work/issue.md" '{title: "Stytch has drifted from what is declared (\(env.STYTCH_MARKER))", description: $description}' >"$work/issue.json"
    api POST "$project/issues" "$work/issue.json" >/dev/null
  fi
  ;;
esac
exit "$code"
