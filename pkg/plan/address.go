package plan

import (
	"fmt"
	"strings"
)

// OrganizationKind is the one kind that others nest in.
const OrganizationKind = "organization"

// An Address names one object: kind/key, organization/SLUG/kind/key for what
// lives in an organization, and the bare kind for a singleton. The key is the
// rest of the string, slashes included, control characters percent-encoded.
type Address string

// NewAddress makes the address of a kind's object. Within is the address of
// the organization that holds it, or empty; key is empty for a singleton.
func NewAddress(within Address, kind, key string) Address {
	address := kind
	if key != "" {
		address += "/" + escapeControl(key)
	}
	if within != "" {
		address = string(within) + "/" + address
	}
	return Address(address)
}

// Includes reports whether other is a or lives in it.
func (a Address) Includes(other Address) bool {
	return a == other || other.Organization() == a && a != ""
}

// Organization returns the address of the organization that holds a, or "".
func (a Address) Organization() Address {
	rest, ok := strings.CutPrefix(string(a), OrganizationKind+"/")
	if !ok {
		return ""
	}
	slug, _, nested := strings.Cut(rest, "/")
	if !nested {
		return ""
	}
	return Address(OrganizationKind + "/" + slug)
}

// split gives the parts of which NewAddress makes an address.
func (a Address) split() (within Address, kind, key string) {
	within = a.Organization()
	rest := string(a)
	if within != "" {
		rest = rest[len(within)+1:]
	}
	kind, key, _ = strings.Cut(rest, "/")
	return within, kind, key
}

// escapeControl percent-encodes control characters. A percent sign stays as it
// is, because keys such as URLs are full of them; two keys of one kind that meet
// in one address for that reason are refused by Finish.
func escapeControl(key string) string {
	if !strings.ContainsFunc(key, isControl) {
		return key
	}
	var b strings.Builder
	for _, r := range key {
		if isControl(r) {
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 }
