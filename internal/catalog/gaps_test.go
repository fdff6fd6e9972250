package catalog

import (
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// A gap that a kind closes must go, or documents would be told that there is no API.
func TestWhatAKindManagesIsNoGap(t *testing.T) {
	managed := map[string]string{}
	var attributes func(of string, list []kind.Attribute)
	attributes = func(of string, list []kind.Attribute) {
		for _, a := range list {
			managed[a.Name] = "an attribute of " + of
			attributes(of, a.Fields)
		}
	}
	for _, k := range All().Kinds() {
		managed[k.Word().Kind], managed[k.Word().Plural] = "a kind", "a kind"
		attributes(k.Name(), k.Attributes())
	}
	seen := map[string]bool{}
	for _, gap := range All().Gaps() {
		if gap.What == "" || gap.Where == "" || strings.HasSuffix(gap.Where, ".") {
			t.Errorf("%v: what it is and where it is done are not said as hints are", gap.Names)
		}
		for _, name := range gap.Names {
			if what := managed[name] + managed[name+"s"]; what != "" {
				t.Errorf("%s is %s, and no gap", name, what)
			}
			if seen[name] || name != strings.ToLower(name) {
				t.Errorf("%s is named twice, or not in lower case", name)
			}
			seen[name] = true
		}
	}
}
