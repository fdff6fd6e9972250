package spec

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// A column is one attribute of a table, or with a "." in its name one key of it: trusted_metadata.team.
type column struct {
	attribute, key string
	at             hcl.Range
}

// readTable reads a CSV roster: the first line names attributes, every other line is a resource, an empty cell is left out.
func (l *loader) readTable(p place) {
	reader := csv.NewReader(bytes.NewReader(p.file.content))
	reader.ReuseRecord = true
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		l.diags.Append(Errorf(p.file.lineRange(1), "this roster is empty").WithHint("its first line names attributes: %s,name", p.word.Required))
		return
	}
	if err != nil {
		l.diags.Append(tableProblem(p.file, err))
		return
	}
	columns, ok := l.columns(p, reader, header)
	if !ok {
		return
	}
	for {
		row, err := reader.Read()
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.Is(err, csv.ErrFieldCount):
			line, _ := reader.FieldPos(0)
			l.diags.Append(Errorf(p.file.lineRange(line), "this line has %d cells, and the header %d", len(row), len(columns)))
			continue
		case err != nil:
			l.diags.Append(tableProblem(p.file, err))
			return
		}
		line, _ := reader.FieldPos(0)
		p.at = p.file.lineRange(line)
		l.readMember(p, rowFields(p.file, reader, columns, row))
	}
}

// columns reads the header.
func (l *loader) columns(p place, reader *csv.Reader, header []string) ([]column, bool) {
	columns := make([]column, len(header))
	first := map[string]hcl.Range{}
	ok := true
	for i, name := range header {
		at := cellRange(p.file, reader, i, name)
		attribute, key, dotted := strings.Cut(name, ".")
		if earlier, twice := first[name]; twice {
			l.diags.Append(Twice(earlier, at, fmt.Sprintf("the column %q", name)))
			ok = false
		} else if attribute == "" || dotted && key == "" {
			l.diags.Append(Errorf(at, "this column names no attribute"))
			ok = false
		} else if _, whole := first[attribute]; dotted && whole {
			l.diags.Append(Errorf(at, "the column %q is part of the column %q", name, attribute))
			ok = false
		}
		first[name] = at
		columns[i] = column{attribute: normal(attribute), key: normal(key), at: at}
	}
	if _, has := first[p.word.Required]; !has {
		l.diags.Append(Errorf(p.file.lineRange(1), "this roster has no column `%s`", p.word.Required))
		ok = false
	}
	return columns, ok
}

// rowFields makes the fields of one line; the columns of one map come together where its first cell stands.
func rowFields(t *text, reader *csv.Reader, columns []column, row []string) []field {
	fields := make([]field, 0, len(row))
	maps := map[string]*Node{}
	for i, cell := range row {
		c := &columns[i]
		if cell == "" {
			continue
		}
		n := &Node{Type: String, String: normal(cell), Cell: true, Range: cellRange(t, reader, i, cell)}
		if c.key == "" {
			fields = append(fields, field{name: c.attribute, nameAt: c.at, value: n})
			continue
		}
		whole := maps[c.attribute]
		if whole == nil {
			whole = &Node{Type: Map, Range: n.Range}
			maps[c.attribute] = whole
			fields = append(fields, field{name: c.attribute, nameAt: c.at, value: whole})
		}
		whole.Entries = append(whole.Entries, Entry{Key: c.key, KeyRange: c.at, Value: n})
	}
	return fields
}

// cellRange is the place of a cell, quotes included.
func cellRange(t *text, reader *csv.Reader, i int, cell string) hcl.Range {
	line, col := reader.FieldPos(i)
	offset := t.lines[min(line, len(t.lines))-1].start + col - 1
	if offset < len(t.content) && t.content[offset] == '"' {
		end := offset + 1
		for end < len(t.content) {
			if t.content[end] == '"' {
				if end+1 == len(t.content) || t.content[end+1] != '"' {
					break
				}
				end++
			}
			end++
		}
		return t.between(offset, end+1)
	}
	return t.between(offset, offset+len(cell))
}

func tableProblem(t *text, err error) Diagnostic {
	if problem, ok := errors.AsType[*csv.ParseError](err); ok {
		at := t.lines[min(max(problem.Line, 1), len(t.lines))-1].start + problem.Column - 1
		return Errorf(t.between(at, at+1), "this is no CSV: %s", problem.Err)
	}
	return Errorf(t.lineRange(1), "this is no CSV: %s", err)
}
