package spec

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"github.com/apparentlymart/go-textseg/v15/textseg"
	"github.com/hashicorp/hcl/v2"
)

// A text is the content of one file, with what is needed to say where something stands in it: HCL counts bytes and grapheme
// clusters, YAML counts runes and knows more line breaks.
type text struct {
	name    string // as ranges show it
	root    string // the directory that file("…") and rosters cannot leave
	content []byte // without a byte order mark

	lines     []line
	yamlLines []line
}

// A line remembers some of its columns when it is long: a file may be one line, and counting from its start for every value
// would take time that grows with the square of the file.
type line struct {
	start, end int // byte offsets; end is after the line break
	ascii      bool
	marks      []mark
}

// A mark is a known place in a long line.
type mark struct{ offset, column int }

const markEvery = 128

// byteOrderMark is tolerated at the start of every file, and dropped.
var byteOrderMark = []byte("\xef\xbb\xbf")

func newText(name, root string, content []byte) *text {
	t := &text{name: name, root: root, content: bytes.TrimPrefix(content, byteOrderMark)}
	t.lines = splitLines(t.content, func(rest []byte) int {
		if rest[0] == '\n' {
			return 1
		}
		return 0
	})
	return t
}

// splitLines cuts content after every line break; lineBreak tells how many bytes of break stand at the start of rest.
func splitLines(content []byte, lineBreak func(rest []byte) int) []line {
	var lines []line
	current := line{ascii: true}
	for i := 0; i < len(content); {
		if n := lineBreak(content[i:]); n > 0 {
			i += n
			current.end = i
			lines = append(lines, current)
			current = line{start: i, ascii: true}
			continue
		}
		if content[i] >= utf8.RuneSelf {
			current.ascii = false
		}
		i++
	}
	current.end = len(content)
	return append(lines, current)
}

// yamlBreak knows the line breaks that YAML 1.1 counts.
func yamlBreak(rest []byte) int {
	switch {
	case rest[0] == '\n':
		return 1
	case rest[0] == '\r':
		if len(rest) > 1 && rest[1] == '\n' {
			return 2
		}
		return 1
	case bytes.HasPrefix(rest, []byte("\u0085")):
		return 2
	case bytes.HasPrefix(rest, []byte("\u2028")), bytes.HasPrefix(rest, []byte("\u2029")):
		return 3
	}
	return 0
}

// pos returns the place of a byte offset; an offset outside the content is moved to its nearer end.
func (t *text) pos(offset int) hcl.Pos {
	offset = min(max(offset, 0), len(t.content))
	i := sort.Search(len(t.lines), func(i int) bool { return t.lines[i].start > offset }) - 1
	l := &t.lines[i]
	if l.ascii {
		return hcl.Pos{Line: i + 1, Column: offset - l.start + 1, Byte: offset}
	}
	from := l.nearest(t.content, graphemeLength, func(m mark) bool { return m.offset <= offset })
	for from.offset < offset {
		step := graphemeLength(t.content[from.offset:l.end])
		if from.offset+step > offset {
			break
		}
		from.offset += step
		from.column++
	}
	return hcl.Pos{Line: i + 1, Column: from.column + 1, Byte: offset}
}

// between returns the range from one byte offset to another.
func (t *text) between(start, end int) hcl.Range {
	return hcl.Range{Filename: t.name, Start: t.pos(start), End: t.pos(max(start, end))}
}

// lineRange returns the whole of a line, counted from 1, without its break; a line outside the file is moved to its nearer end.
func (t *text) lineRange(number int) hcl.Range {
	l := t.lines[min(max(number, 1), len(t.lines))-1]
	written := bytes.TrimRight(t.content[l.start:l.end], "\r\n")
	return t.between(l.start, l.start+len(written))
}

// yamlOffset turns the line and column of the YAML library, both from 1 and the column in runes, into a byte offset.
func (t *text) yamlOffset(lineNumber, column int) int {
	if t.yamlLines == nil {
		t.yamlLines = splitLines(t.content, yamlBreak)
	}
	l := &t.yamlLines[min(max(lineNumber, 1), len(t.yamlLines))-1]
	if l.ascii {
		return min(l.start+column-1, l.end)
	}
	from := l.nearest(t.content, runeLength, func(m mark) bool { return m.column <= column-1 })
	for from.column < column-1 && from.offset < l.end {
		from.offset += runeLength(t.content[from.offset:l.end])
		from.column++
	}
	return from.offset
}

// nearest returns the last mark of the line that is not past what is looked for.
func (l *line) nearest(content []byte, length func([]byte) int, reached func(mark) bool) mark {
	if l.end-l.start > 2*markEvery && l.marks == nil {
		at := mark{offset: l.start}
		l.marks = append(l.marks, at)
		for last := l.start; at.offset < l.end; {
			at.offset += length(content[at.offset:l.end])
			at.column++
			if at.offset-last >= markEvery {
				l.marks = append(l.marks, at)
				last = at.offset
			}
		}
	}
	i := sort.Search(len(l.marks), func(i int) bool { return !reached(l.marks[i]) })
	if i == 0 {
		return mark{offset: l.start}
	}
	return l.marks[i-1]
}

func runeLength(rest []byte) int {
	_, size := utf8.DecodeRune(rest)
	return size
}

func graphemeLength(rest []byte) int {
	size, _, err := textseg.ScanGraphemeClusters(rest, true)
	if err != nil || size == 0 {
		return 1
	}
	return size
}
