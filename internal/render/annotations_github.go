package render

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What GitHub shows of the annotations of one step: the runner drops what comes
// after so many of a level, and cuts a message that is longer. The length of a
// title is that of the API of checks. All in bytes, which are never fewer than
// the characters that GitHub counts.
const (
	annotationsOfLevel = 10
	messageBytes       = 4000 // of 4,096
	titleBytes         = 250  // of 255
)

// GitHubAnnotations writes annotations as workflow commands, one line each, the
// worst level first and otherwise in the order that they have. Whole says where
// to look when there are more than GitHub shows: the last one of a level then
// counts those that are left out. The error is the writer's.
//
//	::error file=acme.yaml,line=18,col=3,title=Update organization/acme::lock-out: …
func GitHubAnnotations(w io.Writer, list []Annotation, whole string) error {
	var b strings.Builder
	for _, level := range []Level{LevelError, LevelWarning, LevelNotice} {
		var of []Annotation
		for _, a := range list {
			if a.Level == level {
				of = append(of, a)
			}
		}
		if len(of) > annotationsOfLevel {
			shown := annotationsOfLevel - 1
			of = append(slices.Clone(of[:shown]), Annotation{
				Level: level, Title: fmt.Sprintf("%d more", len(of)-shown),
				Lines: []string{fmt.Sprintf("%s of this level are not shown here: GitHub shows %d of a step.", count(len(of)-shown, "more annotation"), annotationsOfLevel), "All of it: " + whole},
			})
		}
		for _, a := range of {
			b.WriteString(a.command() + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// command is the annotation as one line.
func (a Annotation) command() string {
	var properties []string
	if s := a.Source; s != nil && s.File != "" {
		properties = append(properties, "file="+property(Safe(s.File)))
		if s.Line > 0 {
			properties = append(properties, "line="+strconv.Itoa(s.Line))
		}
		if s.Line > 0 && s.Column > 0 {
			properties = append(properties, "col="+strconv.Itoa(s.Column))
		}
	}
	if a.Title != "" {
		properties = append(properties, "title="+property(strings.TrimSpace(cutBytes(Safe(a.Title), titleBytes))))
	}
	lines := make([]string, len(a.Lines))
	for i, line := range a.Lines {
		lines[i] = Safe(line)
	}
	return "::" + strings.TrimSuffix(a.Level.String()+" "+strings.Join(properties, ","), " ") + "::" +
		data(cutBytes(strings.Join(lines, "\n"), messageBytes))
}

// The runner undoes these escapes, and no others: %25 last.
var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// data is a message as a workflow command carries it.
func data(text string) string { return dataEscapes.Replace(text) }

// property is the value of a property as a workflow command carries it.
func property(text string) string { return propertyEscapes.Replace(text) }

// cutBytes cuts text to so many bytes, between characters.
func cutBytes(text string, most int) string {
	const dots = "…"
	if len(text) <= most {
		return text
	}
	end := most - len(dots)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + dots
}

// NoCommands breaks the workflow commands in text of any lines, of a program that
// was not made for workflows: GitHub reads one from a line that begins with two
// colons, and one from `##[` anywhere. The escapes are JSON's and Go's.
func NoCommands(text string) string {
	text = strings.ReplaceAll(text, "##[", `##\u005b`)
	if !strings.Contains(text, "::") {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "::") {
			line = strings.Replace(line, "::", `\u003a:`, 1)
		}
		b.WriteString(line)
	}
	return b.String()
}
