package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// A Difference is one drift: an attribute whose live value nobody declared, or
// an object that somebody removed or brought. What only waits to be applied is
// none.
type Difference struct {
	Fingerprint string  `json:"fingerprint"`
	Address     Address `json:"address"`
	Attribute   string  `json:"attribute,omitempty"` // "" for the object itself
	Lapsed      string  `json:"lapsed,omitempty"`    // why its acceptance does not count any more

	// What the change says of it.
	Kind      string   `json:"-"`
	Action    Action   `json:"-"`
	Live      any      `json:"-"` // of an attribute; nothing of a sensitive one
	Declared  any      `json:"-"`
	Sensitive bool     `json:"-"`
	Risks     []string `json:"-"` // the classes of the change that would undo it
}

// Drift lists what is drift, in the order of the plan.
func (p *Plan) Drift() []Difference {
	differences := []Difference{}
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.Origin == Edit {
			continue
		}
		d := Difference{Address: c.Address, Kind: c.Kind, Action: c.Action, Risks: c.riskClasses()}
		if c.Action != Update {
			d.Fingerprint, d.Lapsed = fingerprint(c.Address, "", c.Action, nil), p.lapse(c.Address, "")
			differences = append(differences, d)
			continue
		}
		for _, a := range c.Attributes {
			if a.Origin == Edit {
				continue
			}
			d.Attribute, d.Live, d.Declared, d.Sensitive = a.Name, a.Before, a.After, a.Sensitive
			d.Fingerprint, d.Lapsed = fingerprint(c.Address, a.Name, c.Action, a.Before), p.lapse(c.Address, a.Name)
			differences = append(differences, d)
		}
	}
	return differences
}

// lapse says why an acceptance does not count any more, "" when there is none.
func (p *Plan) lapse(address Address, attribute string) string {
	for _, l := range p.Lapsed {
		if l.Address == address && l.Attribute == attribute {
			return l.Why
		}
	}
	return ""
}

// riskClasses are the names of a change's risks, each once, in order.
func (c *Change) riskClasses() []string {
	var classes []string
	for _, r := range c.Risks {
		classes = append(classes, r.Class)
	}
	slices.Sort(classes)
	return slices.Compact(classes)
}

// fingerprint tells a drift from every other one, and is the same as long as it
// lasts: in it are what it is about and the live value. Not in it are the time
// and the declared value, which a document may change without anything having
// happened at Stytch.
func fingerprint(address Address, attribute string, action Action, live any) string {
	if attribute != "" {
		action = Update
	}
	if action == Restore {
		action = Create // whether what is missing was deleted or never there is one and the same to a reader
	}
	content, err := json.Marshal([]any{address, attribute, action, live})
	if err != nil {
		panic("a plan holds a value that JSON cannot carry: " + err.Error())
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:8])
}
