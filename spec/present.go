package spec

import (
	"errors"
	"io/fs"
	"os"
	"slices"
)

// Present reports whether a path stands for documents: a file that is there, or a directory that holds some. Load takes a path
// of which this is not so for a mistake; who looks for documents where there may be none asks first.
func Present(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || !info.IsDir() {
		return err == nil, err
	}
	entries, err := os.ReadDir(path)
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !e.IsDir() && isDocument(e.Name()) }), err
}
