package render

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Text that is JSON, or JSON with {{ variables }} where values stand, is compared
// by what it says: the order of keys and white space are no difference worth a
// line. Numbers keep their spelling, and so do variables.

// A variable is {{ what }} stands in a template in place of a value.
type variable string

// variableMark begins the string that stands for a variable while a template is
// read as JSON. JSON's own strings cannot hold it unescaped.
const variableMark = "\x00"

// errNoTemplate says that text is not compared by what it says.
var errNoTemplate = errors.New("not a template")

// templates reads two texts as objects or lists, and reports whether both are.
// Text that is empty is an object without keys beside one that has some.
func templates(before, after string) (b, a any, ok bool) {
	b, okBefore := parseTemplate(before)
	a, okAfter := parseTemplate(after)
	switch {
	case okBefore && okAfter:
		return b, a, true
	case okBefore && !empty(b) && strings.TrimSpace(after) == "":
		return b, map[string]any{}, true
	case okAfter && !empty(a) && strings.TrimSpace(before) == "":
		return map[string]any{}, a, true
	}
	return nil, nil, false
}

// parseTemplate reads a text as an object or a list. It refuses what would not say all
// that the text says: a key that stands twice, characters that JSON cannot keep.
func parseTemplate(text string) (any, bool) {
	if !utf8.ValidString(text) || strings.Contains(text, variableMark) || strings.Contains(text, "\ufffd") {
		return nil, false
	}
	d := json.NewDecoder(strings.NewReader(marked(text)))
	d.UseNumber()
	value, err := templateValue(d)
	if err != nil || !composite(value) {
		return nil, false
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, false
	}
	return value, true
}

func templateValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case string:
		return templateText(token)
	case json.Delim:
		if token == '[' {
			return templateList(d)
		}
		return templateObject(d)
	}
	return token, nil
}

// templateText is a string or a variable. A character that could not be decoded
// has lost what it was.
func templateText(text string) (any, error) {
	if name, ok := strings.CutPrefix(text, variableMark); ok && strings.HasPrefix(name, "{{") {
		return variable(name), nil
	}
	if strings.ContainsAny(text, variableMark+"\ufffd") {
		return nil, errNoTemplate
	}
	return text, nil
}

func templateList(d *json.Decoder) (any, error) {
	list := []any{}
	for d.More() {
		element, err := templateValue(d)
		if err != nil {
			return nil, err
		}
		list = append(list, element)
	}
	_, err := d.Token()
	return list, err
}

func templateObject(d *json.Decoder) (any, error) {
	object := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, ok := token.(string)
		if _, taken := object[name]; !ok || taken || strings.ContainsAny(name, variableMark+"\ufffd") {
			return nil, errNoTemplate
		}
		if object[name], err = templateValue(d); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return object, err
}

// marked turns each {{ variable }} that stands outside a string into a string.
func marked(text string) string {
	var b strings.Builder
	inString := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\' && i+1 < len(text):
			b.WriteByte(c)
			i++
			b.WriteByte(text[i])
			continue
		case c == '"':
			inString = !inString
		case !inString && strings.HasPrefix(text[i:], "{{"):
			length := strings.Index(text[i:], "}}")
			if length < 0 {
				break
			}
			quoted, _ := json.Marshal(variableMark + text[i:i+length+2]) // text is always JSON
			b.Write(quoted)
			i += length + 1
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// An edit is one place in a template where the two sides differ; absent is a side
// that has nothing there.
type edit struct {
	path          []string // as written in the path: keys by key, places by number
	before, after any
}

// edits lists where two templates differ, as deep as both sides have the same
// sort of value: objects by key, lists by place.
func edits(path []string, before, after any) []edit {
	below := func(step string) []string { return append(slices.Clone(path), step) }
	var list []edit
	b, bothObjects := before.(map[string]any)
	if a, ok := after.(map[string]any); ok && bothObjects {
		for _, k := range slices.Sorted(maps.Keys(union(b, a))) {
			list = append(list, edits(below(key(k)), at(b, k), at(a, k))...)
		}
		return list
	}
	from, bothLists := before.([]any)
	if to, ok := after.([]any); ok && bothLists {
		for i := range max(len(from), len(to)) {
			list = append(list, edits(below(strconv.Itoa(i)), elementAt(from, i), elementAt(to, i))...)
		}
		return list
	}
	if reflect.DeepEqual(before, after) {
		return nil
	}
	return []edit{{path, before, after}}
}

// elementAt is the element of a list at i, absent behind its end.
func elementAt(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return absent{}
}

// templateDiff shows in what two templates differ.
func (d *drawing) templateDiff(indent int, path string, before, after any) {
	found := edits([]string{path}, before, after)
	if len(found) == 0 {
		d.line(indent, plain, path+": only the layout differs")
	}
	for _, e := range found {
		d.edit(indent, strings.Join(e.path, "."), e.before, e.after)
	}
}

// edit shows one place: in a line, or whole below its path, one side after the other.
func (d *drawing) edit(indent int, path string, before, after any) {
	if !composite(before) && !composite(after) || d.fits(indent, sideBySide(path, before, after)) {
		d.arrow(indent, path, before, after)
		return
	}
	d.line(indent, plain, path+":")
	d.laidOut(indent+1, red, "- ", before)
	d.laidOut(indent+1, green, "+ ", after)
}

// laidOut shows a value of a template as it would be written, line by line.
func (d *drawing) laidOut(indent int, s style, mark string, v any) {
	if _, ok := v.(absent); ok {
		return
	}
	for _, line := range layout("", "", v) {
		d.line(indent, s, mark+line)
	}
}

// layout writes a value of a template over several lines, as long as it has parts.
func layout(margin, before string, v any) []string {
	var parts [][]string
	open, end := "{", "}"
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, layout(margin+"  ", quote(k)+": ", v[k]))
		}
	case []any:
		open, end = "[", "]"
		for _, element := range v {
			parts = append(parts, layout(margin+"  ", "", element))
		}
	}
	if len(parts) == 0 {
		return []string{margin + before + literal(v)}
	}
	lines := []string{margin + before + open}
	for i, part := range parts {
		if i < len(parts)-1 {
			part[len(part)-1] += ","
		}
		lines = append(lines, part...)
	}
	return append(lines, margin+end)
}
