package spec

// A Vocabulary lists the words that stand for kinds, in the order in which their resources are listed.
type Vocabulary []Word

// A Word is how documents name one kind.
type Word struct {
	Kind      string // block in HCL, and the word of addresses: "redirect_url"
	Plural    string // key in YAML: "redirect_urls"; for a singleton equal to Kind
	Singleton bool   // at most one in its scope, hence without a key: environment, rbac_policy
	Parent    string // the kind it nests in ("organization"); "" at the top level
	Roster    bool   // "<plural>_from: FILE" may stand in the parent: members_from
	Required  string // the roster's column that is the key: "email_address"
}

// rosterWord is the key under which a roster of the kind is named.
func (w *Word) rosterWord() string { return w.Plural + "_from" }

// kind returns the word of a kind, nil if there is none.
func (v Vocabulary) kind(kind string) *Word {
	for i := range v {
		if v[i].Kind == kind {
			return &v[i]
		}
	}
	return nil
}

// nested returns the words that nest in a kind ("" for the top level), in order.
func (v Vocabulary) nested(parent string) []*Word {
	var words []*Word
	for i := range v {
		if v[i].Parent == parent {
			words = append(words, &v[i])
		}
	}
	return words
}

// rank is the place of a kind in the vocabulary.
func (v Vocabulary) rank(kind string) int {
	for i := range v {
		if v[i].Kind == kind {
			return i
		}
	}
	return len(v)
}
