package spec

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// sourceLimit is what one file of documents may hold, in bytes. Larger states are many files, an organization or a team each.
const sourceLimit = 32 << 20

// startOf is the place of mistakes that concern a whole file.
func startOf(name string) hcl.Range {
	return hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
}

// files returns the files that the paths stand for, each once, in order. A directory stands for its own documents.
func (l *loader) files(paths []string) []string {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	var names []string
	var seen []fs.FileInfo
	for _, path := range paths {
		for _, name := range l.expand(filepath.Clean(path)) {
			info, err := os.Stat(name)
			if err != nil {
				l.fail(Errorf(startOf(name), "cannot read: %s", plainError(err)))
				continue
			}
			if !slices.ContainsFunc(seen, func(other fs.FileInfo) bool { return os.SameFile(info, other) }) {
				names, seen = append(names, name), append(seen, info)
			}
		}
	}
	return names
}

// expand returns the documents of a directory, sorted, or the file itself.
func (l *loader) expand(path string) []string {
	info, err := os.Stat(path)
	if err != nil {
		l.fail(Errorf(startOf(path), "cannot read: %s", plainError(err)))
		return nil
	}
	if !info.IsDir() {
		return []string{path}
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		l.fail(Errorf(startOf(path), "cannot read this directory: %s", plainError(err)))
		return nil
	}
	var names []string
	for _, entry := range entries {
		name := filepath.Join(path, entry.Name())
		if !isDocument(entry.Name()) {
			continue
		}
		// A link counts as what it leads to; one that leads nowhere is told as a file that cannot be read.
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			continue
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		l.fail(Errorf(startOf(path), "this directory holds no documents").
			WithHint("its own *.yaml, *.yml and *.hcl are read, not those of directories in it, hidden files or *.vars.*"))
	}
	return names
}

// isDocument reports whether a directory's file is read.
func isDocument(name string) bool {
	if vars, err := filepath.Match("*.vars.*", name); err != nil || vars {
		return false
	}
	return !strings.HasPrefix(name, ".") && syntaxOf(name) != ""
}

// syntaxOf returns "yaml" or "hcl" by the extension, "" for other files.
func syntaxOf(name string) string {
	switch filepath.Ext(name) {
	case ".yaml", ".yml":
		return "yaml"
	case ".hcl":
		return "hcl"
	}
	return ""
}

// open reads a file into a text. Root is the directory that its references cannot leave, "" for its own.
func (l *loader) open(name, root string) (*text, bool) {
	if syntaxOf(name) == "" {
		l.fail(Errorf(startOf(name), "only *.yaml, *.yml and *.hcl can be read as documents"))
		return nil, false
	}
	if root == "" {
		root = filepath.Dir(name)
	}
	content, err := readSource(name)
	if err != nil {
		l.fail(Errorf(startOf(name), "cannot read: %s", plainError(err)))
		return nil, false
	}
	t := newText(name, root, content)
	l.sources[name] = t.content
	return t, l.isText(t)
}

func readSource(name string) (content []byte, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	file, err := os.Open(filepath.Clean(name))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return readLimited(file, sourceLimit)
}

// isText reports whether a file is UTF-8, which both syntaxes and all positions rest on.
func (l *loader) isText(t *text) bool {
	if utf8.Valid(t.content) {
		return true
	}
	at := 0
	for at < len(t.content) {
		r, size := utf8.DecodeRune(t.content[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	l.fail(Errorf(t.between(at, at+1), "this byte is no UTF-8").WithHint("save the file as UTF-8"))
	return false
}

// plainError drops the path of a file error: the diagnostic shows it already.
func plainError(err error) string {
	if inner, ok := errors.AsType[*fs.PathError](err); ok {
		if strings.Contains(inner.Err.Error(), "escapes") { // os.Root has no error value for it
			return "the path leads out of the directory of the document, where nothing is read"
		}
		return inner.Err.Error()
	}
	return err.Error()
}
