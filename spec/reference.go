package spec

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// The functions that a Reference can name.
const (
	EnvFunction  = "env"
	FileFunction = "file"
)

// fileLimit is what ReadFile reads at most, in bytes.
const fileLimit = 1 << 20

// A Reference is exactly one call of env("NAME") or file("path") that stands as a whole value. Nothing here follows it while
// documents are loaded: kinds decide where one is legal, and read it when they need what it refers to. What env refers to is
// never read by this package.
type Reference struct {
	Function string // EnvFunction or FileFunction
	Argument string // NAME or path, as written

	root string // the directory of the document, which file cannot leave
}

// Text returns the call as a document writes it: env("NAME").
func (r *Reference) Text() string {
	return r.Function + "(" + strconv.Quote(r.Argument) + ")"
}

// ReadFile returns the content of file("path"): a path relative to the directory of the document, which neither ".." nor a
// symbolic link can leave, and at most 1 MiB.
func (r *Reference) ReadFile() ([]byte, error) {
	if r.Function != FileFunction {
		return nil, fmt.Errorf("%s is no file", r.Text())
	}
	content, err := readInside(r.root, r.Argument, fileLimit)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %s", r.Text(), plainError(err))
	}
	return content, nil
}

// NewFileReference is file("path") in a document of that directory.
func NewFileReference(path, directory string) *Reference {
	return &Reference{Function: FileFunction, Argument: path, root: directory}
}

// Directory is the directory of the document with forward slashes: relative to the working directory where it is below it,
// and then empty for that itself.
func (r *Reference) Directory() string {
	directory := filepath.Clean(r.root)
	if working, err := os.Getwd(); err == nil && filepath.IsAbs(directory) {
		if below, err := filepath.Rel(working, directory); err == nil && filepath.IsLocal(below) {
			directory = below
		}
	}
	if directory == "." {
		return ""
	}
	return filepath.ToSlash(directory)
}

// Inside says why file("path") can never be read: the path leads out of the directory of the document, or to what is no
// regular file. What is not there may come.
func (r *Reference) Inside() error {
	if err := r.stat(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot read %s: %s", r.Text(), plainError(err))
	}
	return nil
}

func (r *Reference) stat() (err error) {
	inside, err := os.OpenRoot(filepath.Clean(r.root))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, inside.Close()) }()
	return statFile(inside, r.Argument)
}

// readInside reads a regular file below root, and refuses every path that leads elsewhere.
func readInside(root, path string, limit int64) (content []byte, err error) {
	inside, err := os.OpenRoot(filepath.Clean(root))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, inside.Close()) }()
	if err := statFile(inside, path); err != nil {
		return nil, err
	}
	file, err := inside.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return readLimited(file, limit)
}

// statFile refuses what is no regular file: a pipe or a device would block the run or never end.
func statFile(inside *os.Root, path string) error {
	info, err := inside.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", path)
	}
	return err
}

// readLimited reads all of r, and refuses more than limit bytes.
func readLimited(r io.Reader, limit int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("it is larger than %d MiB", limit>>20)
	}
	return content, nil
}
