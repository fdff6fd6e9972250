package spec

// gatherAccept keeps what is accepted: a list, or in HCL a block for each entry. It may stand in every file, beside what it is
// about.
func (l *loader) gatherAccept(f *field) {
	n := l.mapOf(f)
	if f.block != nil {
		n = &Node{Type: List, Items: []*Node{n}, Range: n.Range}
	}
	l.accept = append(l.accept, n)
}

// readAccept makes one list of all that is accepted, nil when there is none.
func (l *loader) readAccept() *Node {
	var all *Node
	for _, n := range l.accept {
		n = l.free(n, "in what is accepted")
		if n == nil || n.Type == Invalid {
			continue
		}
		if n.Type != List {
			l.diags.Append(n.Mismatch("a list of what is accepted"))
			continue
		}
		if all == nil {
			all = &Node{Type: List, Range: n.Range}
		}
		all.Items = append(all.Items, n.Items...)
	}
	return all
}
