package catalog_test

import (
	"slices"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/internal/catalog"
)

// Rules see these beside the attributes, as self.key.
func TestNoAttributeIsCalledLikeWhatRulesSeeBesideThem(t *testing.T) {
	for _, k := range catalog.All().Kinds() {
		for _, a := range k.Attributes() {
			if slices.Contains([]string{"key", "address", "organization"}, a.Name) {
				t.Errorf("a rule about %s could not tell self.%s from its own word", k.Name(), a.Name)
			}
		}
	}
}
