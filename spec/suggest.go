package spec

import (
	"strings"

	"github.com/agext/levenshtein"
)

// Suggest returns the known name that is closest to the given one, "" if none is near enough to have been meant. Letter case
// and the difference of "-" and "_" do not count; of two equally near names the first one known is chosen.
func Suggest(name string, known []string) string {
	plain := strings.NewReplacer("-", "_", " ", "_")
	wanted := plain.Replace(strings.ToLower(name))
	best, bestDistance := "", len([]rune(wanted))/3+2
	for _, candidate := range known {
		distance := levenshtein.Distance(wanted, plain.Replace(strings.ToLower(candidate)), nil)
		if distance < bestDistance && distance < max(len(candidate), 2)-1 {
			best, bestDistance = candidate, distance
		}
	}
	return best
}
