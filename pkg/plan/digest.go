package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
)

// digest is the SHA-256 of what the plan means. In it are:
//
//	the project                      where it is written
//	each change's address, action,   what is written to which object
//	ids, attributes, and the         (of a secret: its reference)
//	attributes of its steps
//	the names of the blocks          whether it may be written
//	the policy                       by which that was decided
//
// Not in it are source positions, origins, wording (risks, consequences,
// warnings, reasons of blocks), counts, unchanged and undeclared objects, and
// the order of the writes: phases and needs follow from what is in it and from
// objects that do not change. Decode checks the form of those instead.
func (p *Plan) digest() string {
	type operation struct {
		Address        Address       `json:"address"`
		Action         Action        `json:"action"`
		ID             string        `json:"id"`
		OrganizationID string        `json:"organization_id"`
		Attributes     []Attribute   `json:"attributes"`
		Steps          [][]Attribute `json:"steps"` // null: the attributes of the change
	}
	meaning := struct {
		ProjectID string      `json:"project_id"`
		Changes   []operation `json:"changes"`
		Blocked   []string    `json:"blocked"`
		Policy    Policy      `json:"policy"`
	}{ProjectID: p.Target.ProjectID, Changes: []operation{}, Blocked: []string{}, Policy: p.Policy.normal()}
	for _, c := range p.Changes {
		o := operation{Address: c.Address, Action: c.Action, ID: c.ID, OrganizationID: c.OrganizationID, Attributes: byName(c.Attributes)}
		for _, s := range c.Steps {
			o.Steps = append(o.Steps, byName(s.Attributes))
		}
		meaning.Changes = append(meaning.Changes, o)
	}
	slices.SortStableFunc(meaning.Changes, func(a, b operation) int { return strings.Compare(string(a.Address), string(b.Address)) })
	for _, b := range p.Blocked {
		meaning.Blocked = append(meaning.Blocked, b.ID)
	}
	meaning.Blocked = sorted(meaning.Blocked)
	// Maps marshal with sorted keys, so the bytes are canonical.
	bytes, err := json.Marshal(meaning)
	if err != nil {
		panic("a plan holds a value that JSON cannot carry: " + err.Error())
	}
	sum := sha256.Sum256(bytes)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// byName is a sorted copy without origins; nil stays nil.
func byName(attributes []Attribute) []Attribute {
	attributes = withoutPlaces(slices.Clone(attributes))
	for i := range attributes {
		attributes[i].Origin = "" // whoever plans without a base, or with another, means the same
	}
	slices.SortStableFunc(attributes, func(a, b Attribute) int { return strings.Compare(a.Name, b.Name) })
	return attributes
}
