package spec

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Options say how to read documents. The zero value reads documents that know no kind.
type Options struct {
	Vocabulary    Vocabulary
	Variables     []string // "name=value", as --var gives them, in order: the last one wins
	VariableFiles []string // --var-file, in order: YAML or HCL, name to value
	// LookupEnv reads the environment; only STYTCH_RECONCILE_VAR_<name> of declared variables is looked up. Nil means that the
	// environment is empty.
	LookupEnv func(string) (string, bool)
	// SpareVariables lets Variables and VariableFiles name what no document declares: documents of another time are read with
	// the variables of now.
	SpareVariables bool
	// Test reads a test of rules: a document that says with `expect` which of them fire, and with `given` what variables are.
	Test bool
	// ToolVersion is what required_version is compared with. Anything but a version ("", "devel") satisfies every constraint.
	ToolVersion string
}

// Load reads the documents that the paths stand for, files or directories, merges them and evaluates them. It returns all
// problems of the run at once, sorted. The Document is nil when nothing could be read; when there are errors it holds what is
// right, so that its reader can find more of them.
func Load(paths []string, o Options) (*Document, Diagnostics) {
	var diags Diagnostics
	l := &loader{
		Options: o, diags: &diags, sources: map[string][]byte{}, resources: map[address]*Resource{},
		document: &Document{declared: map[scopedKind]bool{}},
		once:     map[string]hcl.Range{}, localAt: map[string]hcl.Range{}, variableAt: map[string]hcl.Range{},
	}
	l.document.Sources = l.sources
	read := l.read(l.files(paths))
	if read == 0 {
		if len(l.sources) == 0 {
			return nil, diags.Sort()
		}
		return l.document, diags.Sort()
	}
	if l.tooOld {
		// Written for another version: what this one would find wrong with the rest may not be wrong.
		return l.document, diags.Sort()
	}
	l.evaluate()
	l.finish()
	return l.document, diags.Sort()
}

// A loader is one run of Load.
type loader struct {
	Options
	diags    *Diagnostics
	sources  map[string][]byte
	document *Document
	// broken is set when a file could not be read: what seems to be missing may be in it.
	broken bool
	tooOld bool // required_version wants another version
	first  *text

	once       map[string]hcl.Range // words that stand once over all files
	variables  []*variable
	variableAt map[string]hcl.Range
	locals     []Entry
	localAt    map[string]hcl.Range
	project    *Node
	policy     *Node
	expect     *Node
	given      *Node
	accept     []*Node // in the order of the files
	defaults   []statement
	kinds      []statement

	scope     *scope
	resources map[address]*Resource
}

// A statement is one top-level field and the file in which it stands.
type statement struct {
	file  *text
	field field
}

// An address names a resource among all.
type address struct{ kind, organization, key string }

// fail reports that something could not be read at all.
func (l *loader) fail(d Diagnostic) {
	l.broken = true
	l.diags.Append(d)
}

// read gathers the statements of the files, and returns how many files could be read.
func (l *loader) read(names []string) int {
	read := 0
	for _, name := range names {
		t, ok := l.open(name, "")
		if !ok {
			continue
		}
		b := l.parse(t)
		if b == nil {
			l.broken = true
			continue
		}
		read++
		if l.first == nil {
			l.first = t
		}
		for i := range b.fields {
			l.gather(t, &b.fields[i])
		}
	}
	return read
}

// parse reads a file by its syntax, nil when that failed.
func (l *loader) parse(t *text) *body {
	if syntaxOf(t.name) == "hcl" {
		return readHCL(t, l.diags)
	}
	root := readYAML(t, l.diags)
	switch {
	case root == nil || root.Type == Invalid:
		return nil
	case root.Type != Map:
		l.diags.Append(Errorf(t.lineRange(root.Range.Start.Line), "a document is a map of words like `organizations`, not %s", root.Describe()))
		return nil
	case len(root.Entries) == 0:
		l.diags.Append(nothingDeclared(t))
		return nil
	}
	return bodyOf(root)
}

// evaluate gives every name its value, and reads the resources.
func (l *loader) evaluate() {
	l.scope = &scope{diags: l.diags, lenient: l.broken, locals: map[string]cty.Value{}}
	l.scope.variables = l.assign(l.variables)
	l.scope.resolveLocals(l.locals)
	if _, ok := l.once["version"]; !ok && !l.broken {
		l.diags.Append(Errorf(l.first.lineRange(1), "no file says `version`").WithHint("write %s at the top of one file", versionLine(l.first)))
	}
	l.readProject()
	l.readRules()
	l.document.Expect, l.document.Given = l.free(l.expect, "in a test"), l.free(l.given, "in a test")
	l.document.Policy = l.free(l.policy, "in the policy")
	if p := l.document.Policy; p != nil && p.Type != Map {
		if p.Type != Invalid {
			l.diags.Append(p.Mismatch("a map of policies"))
		}
		l.document.Policy = nil
	}
	l.document.Accept = l.readAccept()
	for i := range l.kinds {
		s := &l.kinds[i]
		if word := l.word("", s.file, &s.field); word != nil {
			l.readKind(s.file, word, "", &s.field)
		}
	}
}

func versionLine(t *text) string {
	if syntaxOf(t.name) == "hcl" {
		return "version = 1"
	}
	return "version: 1"
}

// free evaluates a value in which no reference can stand; nil when it is absent or null.
func (l *loader) free(n *Node, where string) *Node {
	if n == nil {
		return nil
	}
	n = l.scope.evaluate(n)
	l.scope.forbidReferences(n, where)
	if n.Type == Null {
		return nil
	}
	return n
}

// finish fills defaults in and puts the resources into their order.
func (l *loader) finish() {
	l.fillDefaults()
	for at, r := range l.resources {
		if parent := l.Vocabulary.kind(r.Kind); parent != nil && parent.Parent != "" {
			owner := l.resources[address{parent.Parent, "", at.organization}]
			if owner != nil && owner.Absent {
				l.diags.Append(Errorf(r.KeyRange, "%s nests in what shall be absent", describe(r)).
					WithRelated(owner.AbsentRange, "declared absent here"))
			}
		}
		l.document.Resources = append(l.document.Resources, r)
	}
	slices.SortFunc(l.document.Resources, func(a, b *Resource) int {
		return cmp.Or(
			cmp.Compare(a.Organization, b.Organization),
			cmp.Compare(l.Vocabulary.rank(a.Kind), l.Vocabulary.rank(b.Kind)),
			cmp.Compare(a.Key, b.Key),
		)
	})
}
