package plan

// withoutWaiting is the declaration without what waits for somebody else: it is
// told, and is no difference until it can be done.
func (d *Draft) withoutWaiting(s *scope, declared *Declaration, live *Object) *Declaration {
	var before any
	if live != nil && !live.Gone {
		before = live.Value
	}
	now, waits := s.Kind.Waits(before, declared.Value)
	if len(waits) == 0 {
		return declared
	}
	for _, wait := range waits {
		d.Warn("%s: %s", s.address(declared.Key), wait)
	}
	kept := *declared
	kept.Value = now
	return &kept
}
