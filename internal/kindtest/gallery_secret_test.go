package kindtest

import "testing"

func withOldKeys(t *testing.T, w *World) { w.addKeys(t) }

var _ = exhibit(
	"secret",
	picture{name: "an old secret is removed", world: withOldKeys, after: "secrets: {" + oldSecret + ": {absent: true}}\n", allow: []string{"delete_percent=100"}},
)
