package spec

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// variablePrefix starts the environment variables that give values to variables of documents.
const variablePrefix = "STYTCH_RECONCILE_VAR_"

// flagFile is the name under which diagnostics show what --var gave: a line each, in the order of the command.
const flagFile = "--var"

// assign gives every variable its value: its default, then the environment, then the files of --var-file, then --var; later
// ones win. All mistakes in all of them are told, in those that lose too.
func (l *loader) assign(variables []*variable) map[string]cty.Value {
	values := make(map[string]cty.Value, len(variables))
	byName := make(map[string]*variable, len(variables))
	for _, v := range variables {
		byName[v.name] = v
		if v.fallback != nil {
			values[v.name] = *v.fallback
		}
		if written, ok := l.environment(v.name); ok {
			values[v.name] = l.outside(v, written, v.nameAt, "what "+variablePrefix+v.name+" gives")
		}
	}
	for _, path := range l.VariableFiles {
		l.assignFile(path, byName, values)
	}
	l.assignFlags(byName, values)
	for _, v := range variables {
		if _, given := values[v.name]; !given && !v.broken {
			l.diags.Append(Errorf(v.nameAt, "the variable %q has no value", v.name).
				WithHint("give it a default, set %s%s, or pass --var %s=…", variablePrefix, v.name, v.name))
		}
		if _, given := values[v.name]; !given || v.broken {
			values[v.name] = cty.DynamicVal
		}
	}
	return values
}

func (l *loader) environment(name string) (string, bool) {
	if l.LookupEnv == nil {
		return "", false
	}
	return l.LookupEnv(variablePrefix + name)
}

// assignFlags reads --var name=value.
func (l *loader) assignFlags(byName map[string]*variable, values map[string]cty.Value) {
	if len(l.Variables) == 0 {
		return
	}
	// One line each, whatever is in them, so that diagnostics can show them.
	flags := newText(flagFile, "", []byte(strings.Join(oneLine(l.Variables), "\n")))
	l.sources[flagFile] = flags.content
	for i, written := range l.Variables {
		at := flags.lineRange(i + 1)
		name, value, ok := strings.Cut(written, "=")
		v := byName[name]
		switch {
		case !ok:
			l.diags.Append(Errorf(at, "--var wants name=value"))
		case v == nil:
			l.undeclared(at, name, byName)
		default:
			values[name] = l.outside(v, value, at, "what --var gives")
		}
	}
}

func oneLine(lines []string) []string {
	flat := make([]string, len(lines))
	for i, line := range lines {
		flat[i] = strings.NewReplacer("\n", " ", "\r", " ").Replace(line)
	}
	return flat
}

func (l *loader) undeclared(at hcl.Range, name string, byName map[string]*variable) {
	if l.broken || l.SpareVariables {
		return // broken: it may be declared in a file that could not be read
	}
	d := UnknownName(at, "variable", name, sortedKeys(byName))
	if d.Hint == "" {
		d.Hint = "no document declares it"
	}
	l.diags.Append(d)
}

// assignFile reads a file of --var-file: names and their values, in YAML or HCL.
func (l *loader) assignFile(path string, byName map[string]*variable, values map[string]cty.Value) {
	t, ok := l.open(path, "")
	if !ok {
		return
	}
	b := l.parse(t)
	if b == nil {
		return
	}
	constants := &scope{diags: l.diags, constant: constantsOnly}
	constants.close()
	for i := range b.fields {
		f := &b.fields[i]
		v := byName[f.name]
		switch {
		case f.block != nil:
			l.diags.Append(Errorf(f.nameAt, "a file of variables holds name = value alone"))
		case v == nil:
			l.undeclared(f.nameAt, f.name, byName)
		default:
			node := constants.evaluate(f.value)
			constants.forbidReferences(node, "in a variable")
			value, err := convert.Convert(valueOf(node), v.kind)
			if err != nil {
				l.diags.Append(wrongType(node.Range, v, "this", err))
				value = cty.DynamicVal
			}
			values[v.name] = value
		}
	}
}

func wrongType(at hcl.Range, v *variable, what string, err error) Diagnostic {
	return Errorf(at, "%s is not of the type of the variable %q: %s", what, v.name, err).
		WithRelated(v.nameAt, "declared here")
}

// outside makes a value of text that comes from a command line or an environment. Text is converted to simple types;
// collections are read as HCL, in which everything is written out.
func (l *loader) outside(v *variable, written string, at hcl.Range, what string) cty.Value {
	if v.broken {
		return cty.DynamicVal
	}
	value := cty.StringVal(written)
	if !v.kind.IsPrimitiveType() {
		var problem string
		if value, problem = readConstant(written); problem != "" {
			l.diags.Append(Errorf(at, "%s to the variable %q is no HCL value: %s", what, v.name, problem).
				WithHint(`collections are written as in HCL: ["a", "b"] or {name = "value"}`).
				WithRelated(v.nameAt, "declared here"))
			return cty.DynamicVal
		}
	}
	converted, err := convert.Convert(value, v.kind)
	if err != nil {
		l.diags.Append(wrongType(at, v, what, err))
		return cty.DynamicVal
	}
	return converted
}

// readConstant reads an HCL expression that names nothing.
func readConstant(written string) (value cty.Value, problem string) {
	source := []byte(written)
	if tokens, _ := hclsyntax.LexExpression(source, flagFile, hcl.InitialPos); tangled(tokens) != nil {
		return cty.DynamicVal, "it nests too deep"
	}
	expr, problems := hclsyntax.ParseExpression(source, flagFile, hcl.InitialPos)
	if problems.HasErrors() {
		return cty.DynamicVal, lowerFirst(problems[0].Summary)
	}
	var found Diagnostics
	constants := &scope{diags: &found, constant: constantsOnly}
	constants.close()
	node := constants.evaluate(&Node{Type: unevaluated, expr: expr})
	if found.HasErrors() {
		return cty.DynamicVal, fmt.Sprint(found[0].Summary)
	}
	return valueOf(node), ""
}
