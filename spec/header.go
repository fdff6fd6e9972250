package spec

// readVersion reads `version`: the version of the language, which is 1.
func (l *loader) readVersion(f *field) {
	if !l.onlyOnce(f) {
		return
	}
	if f.block != nil {
		l.diags.Append(Errorf(f.nameAt, "`version` is no block").WithHint("write version = 1"))
		return
	}
	if f.value.Type != Invalid && (f.value.Type != Number || f.value.Number != "1") {
		l.diags.Append(f.value.Errorf("the version of the language is 1").WithHint("it is not the version of the program: that is required_version"))
	}
}

// readRequiredVersion compares the constraint with the version of the program.
func (l *loader) readRequiredVersion(f *field) {
	if !l.onlyOnce(f) {
		return
	}
	switch {
	case f.block != nil:
		l.diags.Append(Errorf(f.nameAt, "`required_version` is no block").WithHint(`write required_version = ">= 0.1"`))
		return
	case f.value.Type == Invalid:
		return
	case f.value.Type != String:
		l.diags.Append(f.value.Errorf("`required_version` is text that is written out").WithHint(`for example ">= 0.1, < 2"`))
		return
	}
	wanted, problem := parseConstraint(f.value.String)
	if problem != "" {
		l.diags.Append(f.value.Errorf("%s", problem).WithHint(`for example ">= 0.1, < 2"`))
		return
	}
	if own, ok := parseVersion(l.ToolVersion); ok && !wanted.allows(own) {
		l.tooOld = true
		l.diags.Append(f.value.Errorf("these documents want version %s of this program, and it is %s", f.value.String, l.ToolVersion).
			WithHint("install a version that fits; nothing else of the documents was checked"))
	}
}

// readProject reads which environment of which project the documents are about.
func (l *loader) readProject() {
	if l.project == nil {
		return
	}
	n := l.scope.evaluate(l.project)
	if n.Type == Null || n.Type == Invalid {
		return
	}
	p := &l.document.Project
	p.Range = n.Range
	if n.Type != Map {
		l.diags.Append(n.Mismatch("a map of project_slug, environment_slug and project_id"))
		return
	}
	for i := range n.Entries {
		e := &n.Entries[i]
		switch e.Key {
		case "project_slug":
			p.Slug, p.SlugRange = l.name(e.Value)
		case "environment_slug":
			p.EnvironmentSlug, p.EnvironmentSlugRange = l.name(e.Value)
		case "project_id":
			p.ID, p.IDRange = l.name(e.Value)
		default:
			l.diags.Append(UnknownName(e.KeyRange, "word in the project", e.Key, []string{"project_slug", "environment_slug", "project_id"}))
		}
	}
}
