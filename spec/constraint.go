package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A version is major, minor and patch; what follows a "-" or "+" does not count, so that 0.2.0-rc1 passes for 0.2.0.
type version [3]int

// A constraint is a list of bounds that must all hold.
type constraint []bound

type bound struct {
	operator string
	version  version
	parts    int // how many numbers were written: ~> 1.2 allows 1.9, ~> 1.2.3 allows 1.2.9
}

var (
	versionText = regexp.MustCompile(`^v?([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9}))?(?:[-+][0-9A-Za-z.+-]*)?$`)
	boundText   = regexp.MustCompile(`^(=|!=|>=|<=|>|<|~>)?\s*(\S+)$`)
)

func parseVersion(written string) (version, bool) {
	v, parts := versionParts(written)
	return v, parts > 0
}

func versionParts(written string) (v version, parts int) {
	found := versionText.FindStringSubmatch(written)
	if found == nil {
		return version{}, 0
	}
	for i, digits := range found[1:] {
		if digits != "" {
			v[i], _ = strconv.Atoi(digits) // at most nine digits
			parts = i + 1
		}
	}
	return v, parts
}

// parseConstraint reads ">= 0.1, < 2"; problem is a sentence when it is none.
func parseConstraint(written string) (c constraint, problem string) {
	for part := range strings.SplitSeq(written, ",") {
		found := boundText.FindStringSubmatch(strings.TrimSpace(part))
		if found == nil {
			return nil, fmt.Sprintf("%q is no bound of a version", strings.TrimSpace(part))
		}
		v, parts := versionParts(found[2])
		if parts == 0 {
			return nil, fmt.Sprintf("%q is no version", found[2])
		}
		c = append(c, bound{found[1], v, parts})
	}
	return c, ""
}

func (c constraint) allows(v version) bool {
	return !slices.ContainsFunc(c, func(b bound) bool { return !b.allows(v) })
}

func (b bound) allows(v version) bool {
	order := slices.Compare(v[:], b.version[:])
	switch b.operator {
	case "!=":
		return order != 0
	case ">=":
		return order >= 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case "<":
		return order < 0
	case "~>":
		// All numbers but the last one written stay.
		fixed := max(b.parts-1, 1)
		return order >= 0 && slices.Equal(v[:fixed], b.version[:fixed])
	}
	return order == 0
}
