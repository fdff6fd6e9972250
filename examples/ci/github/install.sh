#!/usr/bin/env bash
# Makes sure that the program is there, and says where.
. "${BASH_SOURCE%/*}/common.sh"

if ! [[ $MARKER =~ ^[a-z0-9-]+$ ]]; then
  echo "error: marker is not made of small letters, digits and dashes" >&2
  exit 1
fi
if [ -z "$BINARY" ]; then
  # Go takes "latest", the name of a branch and "v1" as well: what they are tomorrow nobody has read.
  if ! [[ $VERSION =~ ^(v[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?|[0-9a-f]{12,40})$ ]]; then
    echo 'error: give the action a binary, or as version a whole tag such as v1.2.3, or a commit: what runs with your credentials must not change by itself' >&2
    exit 1
  fi
  # Go checks what it downloads against the checksum database.
  GOBIN=$work/bin go install "github.com/stytch-reconcile/stytch-reconcile/cmd/stytch-reconcile@$VERSION"
  BINARY=$work/bin/stytch-reconcile
fi
"$BINARY" version
output binary "$BINARY"
