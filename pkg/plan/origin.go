package plan

import "slices"

// Since says that the sets carry their Past: what the documents declared at an
// earlier place, the base, which a reader knows by name. What was protected there
// is protected still. It must be called before Compare.
func (d *Draft) Since(name string, protect []Address) {
	d.plan.Base = name
	d.pastProtect = slices.Clone(protect)
}

// A history is what the base declared of one set, by the live object that it was
// about and by key. A nil history is that of a plan without base: every
// difference is drift.
//
// An attribute is compared three ways:
//
//	live      base               declared    origin
//	a         a                  b           edit: the document changed
//	b         a                  a           drift: Stytch changed
//	c         a                  b           both
//	a         not declared       b           edit
//	nothing   a                  a           drift: somebody deleted it
//	nothing   a                  b           both
//	nothing   not declared       b           edit
//	nothing   whatever           initial's   as the object: initial is never compared
//	a secret  another reference  a secret    edit: what was behind the old one is not known
//	anything  whatever           sent again  edit: a flag asks for it
//
// An object that comes, comes back or goes has one more thing to compare: that
// it is there.
//
//	live      base                         declared            origin
//	nothing   declared                     declared            drift
//	nothing   declared under another key   declared            both: deleted here, renamed there
//	nothing   absent or not declared       declared            edit
//	there     absent                       absent or omitted   drift: somebody brought it back
//	there     not declared, set closed     absent or omitted   drift: somebody created it
//	there     declared                     absent or omitted   edit: the block was dropped
//	there     not declared, set open       absent or omitted   edit: the set was closed, or absent added
//
// An object that was deleted and can come back counts as nothing. A key that
// changes is an attribute as any other. The origin of a change is the one that
// all its parts have, else both.
type history struct {
	kind     Kind
	past     *Past
	byObject map[*Object]*Declaration
	byKey    map[string]*Declaration // by folded key
	about    map[*Declaration]*Object
}

// recall matches what the base declared with what is live, as match does what is
// declared now. What cannot be matched is still known by its key.
func recall(set Set) *history {
	if set.Past == nil {
		return nil
	}
	h := &history{
		kind: set.Kind, past: set.Past,
		byObject: map[*Object]*Declaration{}, byKey: map[string]*Declaration{}, about: map[*Declaration]*Object{},
	}
	before := set
	before.Declared = set.Past.Declared
	for _, p := range match(before).pairs {
		if p.live != nil {
			h.byObject[p.live], h.about[p.declared] = p.declared, p.live
		}
	}
	for i := range before.Declared {
		h.byKey[set.Kind.Fold(before.Declared[i].Key)] = &before.Declared[i]
	}
	return h
}

// before is what the base declared of an object, nil if it said nothing. Live
// or declared may be nil.
func (h *history) before(declared *Declaration, live *Object) *Declaration {
	if live != nil && h.byObject[live] != nil {
		return h.byObject[live]
	}
	if declared == nil {
		return nil
	}
	for _, key := range []string{declared.Key, declared.RenamedFrom} {
		// What the base said of another live object it did not say of this one.
		if found := h.byKey[h.kind.Fold(key)]; found != nil && (h.about[found] == nil || h.about[found] == live) {
			return found
		}
	}
	return nil
}

// written gives each attribute of a write its origin, and returns that of the change.
func (h *history) written(action Action, declared *Declaration, live *Object, attributes []Attribute) Origin {
	if h == nil {
		return Drift
	}
	before := h.before(declared, live)
	if before != nil && before.Absent {
		before = nil
	}
	var origins []Origin
	object := h.presence(declared, before)
	comparison := threeWay{kind: h.kind, declared: declared, before: before}
	if action == Update {
		comparison.live = live
	} else {
		origins = append(origins, object)
	}
	comparison.compare()
	for i := range attributes {
		a := &attributes[i]
		a.Origin = comparison.origin(a)
		if action != Update && !h.kind.Declares(declared.Value, a.Name) {
			a.Origin = object
		}
		origins = append(origins, a.Origin)
	}
	return together(origins)
}

// presence is the origin of an object's coming.
func (h *history) presence(declared, before *Declaration) Origin {
	switch {
	case before == nil:
		return Edit
	case h.kind.Fold(before.Key) != h.kind.Fold(declared.Key):
		return Both
	}
	return Drift
}

// removed gives each attribute of a deletion its origin, and returns it: to keep
// or to delete is decided of the whole object.
func (h *history) removed(declared *Declaration, live *Object, attributes []Attribute) Origin {
	if h == nil {
		return Drift
	}
	origin := Edit
	if h.wantedGone(h.before(declared, live), live) {
		origin = Drift
	}
	for i := range attributes {
		attributes[i].Origin = origin
	}
	return origin
}

// wantedGone reports whether a live object was to be deleted at the base already.
func (h *history) wantedGone(before *Declaration, live *Object) bool {
	if before != nil {
		return before.Absent
	}
	return h.past.Deletes && (live.Owner == "" || h.past.IDPMembers == IDPManage)
}

// A threeWay compares one object: live, as the base declared it, and as it is
// declared now. Live and before may be nil.
type threeWay struct {
	kind     Kind
	live     *Object
	before   *Declaration
	declared *Declaration

	edited, drifted map[string]Attribute // what differs from the base: what is declared, what is live
	sent, again     map[string]Attribute // what creating the object of the base would send; what is sent because a flag asks
}

func (c *threeWay) compare() {
	if c.before == nil {
		return
	}
	c.edited = byItsName(c.kind.Compare(c.before.Value, c.declared.Value))
	c.sent = byItsName(c.kind.Creation(c.before.Value, nil))
	if c.live != nil {
		c.drifted = byItsName(c.kind.Compare(c.live.Value, c.before.Value))
		c.again = byItsName(c.kind.WriteOnly(c.declared.Value))
	}
}

func (c *threeWay) origin(a *Attribute) Origin {
	_, drifted := c.drifted[a.Name]
	_, again := c.again[a.Name]
	again = again && (!drifted || !slices.Contains(c.kind.Traits().Glimpsed, a.Name))
	switch {
	case c.before == nil || again || !c.kind.Declares(c.before.Value, a.Name):
		return Edit
	case c.same(a):
		return Drift
	case c.live != nil && (a.Sensitive || !drifted):
		return Edit
	}
	return Both
}

// same reports whether the base declared what is declared now. Of a secret it is
// known where it came from, never what it was.
func (c *threeWay) same(a *Attribute) bool {
	if a.Reference != nil {
		before := c.sent[a.Name].Reference
		return before != nil && before.Env == a.Reference.Env && before.File == a.Reference.File
	}
	_, edited := c.edited[a.Name]
	return !edited
}

func byItsName(attributes []Attribute) map[string]Attribute {
	named := make(map[string]Attribute, len(attributes))
	for _, a := range attributes {
		named[a.Name] = a
	}
	return named
}

// together is the origin that all have, else both.
func together(origins []Origin) Origin {
	for _, o := range origins {
		if o != origins[0] {
			return Both
		}
	}
	return origins[0]
}
