package sandbox

import (
	"cmp"
	"slices"
	"strings"
)

// An environmentIndex finds an environment's organizations and members without looking at all of them. It is rebuilt
// when the state is loaded and kept in step by putOrganization, removeOrganization and putMember.
type environmentIndex struct {
	slugs         map[string]*organization
	externalIDs   map[string]*organization
	organizations []*organization // by Sequence
	members       []*member       // by Sequence, deleted ones included
	rosters       map[string]*roster
	claims        map[string][]string // email domain -> IDs of the organizations that claim it
	last          uint64              // highest Sequence
}

// A roster is one organization's people.
type roster struct {
	emails      map[string][]*member // live members by their address in lower case
	retired     map[string][]*member // live members by their former addresses in lower case
	externalIDs map[string]*member   // live members
	live        int
}

// roster gives an organization's people; one that is still being made has none.
func (x *environmentIndex) roster(o *organization) *roster {
	if r := x.rosters[o.OrganizationID]; r != nil {
		return r
	}
	return &roster{}
}

// loaded rebuilds the index from what is kept.
func (e *environment) loaded() {
	e.index = environmentIndex{
		slugs: map[string]*organization{}, externalIDs: map[string]*organization{},
		rosters: map[string]*roster{}, claims: map[string][]string{},
	}
	for _, o := range e.Organizations {
		e.index.organizations = append(e.index.organizations, o)
	}
	for id, m := range e.Members {
		if e.Organizations[m.OrganizationID] == nil {
			delete(e.Members, id) // went with its organization
			continue
		}
		e.index.members = append(e.index.members, m)
	}
	slices.SortFunc(e.index.organizations, func(a, b *organization) int { return cmp.Compare(a.Sequence, b.Sequence) })
	slices.SortFunc(e.index.members, func(a, b *member) int { return cmp.Compare(a.Sequence, b.Sequence) })
	for _, o := range e.index.organizations {
		e.index.note(o)
		e.index.last = max(e.index.last, o.Sequence)
	}
	for _, m := range e.index.members {
		e.index.enrol(m)
		e.index.last = max(e.index.last, m.Sequence)
	}
}

// putOrganization stores an organization under its ID: a new one, or the changed copy of one that exists.
func (c *call) putOrganization(changed *organization) {
	index, stored := &c.env.index, c.env.Organizations[changed.OrganizationID]
	if stored == nil {
		index.last++
		changed.Sequence = index.last
		c.env.Organizations[changed.OrganizationID] = changed
		index.organizations = append(index.organizations, changed)
		stored = changed
	} else {
		index.unnote(stored)
		past := remember(stored.past, stored.organizationView, c)
		*stored = *changed
		stored.past = past
	}
	index.note(stored)
	c.saveOrganization(stored)
}

// removeOrganization deletes an organization with all its members, for good. The members' kept records need no word of
// their own: loaded drops members without an organization.
func (c *call) removeOrganization(o *organization) {
	index := &c.env.index
	index.unnote(o)
	delete(index.rosters, o.OrganizationID)
	delete(c.env.Organizations, o.OrganizationID)
	index.organizations = slices.DeleteFunc(index.organizations, func(other *organization) bool { return other == o })
	c.dropOrganization(o.OrganizationID)
	index.members = slices.DeleteFunc(index.members, func(m *member) bool {
		gone := m.OrganizationID == o.OrganizationID
		if gone {
			delete(c.env.Members, m.MemberID)
		}
		return gone
	})
}

// putMember stores a member under its ID: a new one, or the changed copy of one that exists.
func (c *call) putMember(changed *member) {
	index, stored := &c.env.index, c.env.Members[changed.MemberID]
	if stored == nil {
		index.last++
		changed.Sequence = index.last
		c.env.Members[changed.MemberID] = changed
		index.members = append(index.members, changed)
		stored = changed
	} else {
		index.dismiss(stored)
		past := remember(stored.past, stored.memberRecord, c)
		*stored = *changed
		stored.past = past
	}
	index.enrol(stored)
	c.saveMember(stored)
}

func (x *environmentIndex) note(o *organization) {
	x.slugs[o.OrganizationSlug] = o
	if id := o.externalID(); id != "" {
		x.externalIDs[id] = o
	}
	for _, domain := range o.ClaimedEmailDomains {
		x.claims[domain] = append(x.claims[domain], o.OrganizationID)
	}
	if x.rosters[o.OrganizationID] == nil {
		x.rosters[o.OrganizationID] = &roster{
			emails: map[string][]*member{}, retired: map[string][]*member{}, externalIDs: map[string]*member{},
		}
	}
}

func (x *environmentIndex) unnote(o *organization) {
	delete(x.slugs, o.OrganizationSlug)
	delete(x.externalIDs, o.externalID())
	for _, domain := range o.ClaimedEmailDomains {
		x.claims[domain] = slices.DeleteFunc(x.claims[domain], func(id string) bool { return id == o.OrganizationID })
	}
}

// enrol makes a live member known to its organization's roster.
func (x *environmentIndex) enrol(m *member) {
	r := x.rosters[m.OrganizationID]
	if r == nil || m.deleted() {
		return
	}
	r.live++
	file(r.emails, m.EmailAddress, m)
	for _, old := range m.RetiredEmails {
		file(r.retired, old.EmailAddress, m)
	}
	if m.ExternalID != "" {
		r.externalIDs[m.ExternalID] = m
	}
}

func (x *environmentIndex) dismiss(m *member) {
	r := x.rosters[m.OrganizationID]
	if r == nil || m.deleted() {
		return
	}
	r.live--
	unfile(r.emails, m.EmailAddress, m)
	for _, old := range m.RetiredEmails {
		unfile(r.retired, old.EmailAddress, m)
	}
	delete(r.externalIDs, m.ExternalID)
}

// file puts a member under an address in lower case. Two members share one only where the knob tells cases apart.
func file(drawer map[string][]*member, address string, m *member) {
	key := strings.ToLower(address)
	drawer[key] = append(drawer[key], m)
}

func unfile(drawer map[string][]*member, address string, m *member) {
	key := strings.ToLower(address)
	drawer[key] = slices.DeleteFunc(drawer[key], func(other *member) bool { return other == m })
	if len(drawer[key]) == 0 {
		delete(drawer, key)
	}
}
