package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// Whoever collects the metrics is another user than whoever runs drift.
func TestMetricsCanBeReadByOthers(t *testing.T) {
	name := filepath.Join(t.TempDir(), "drift.prom")
	err := save(name, readable(func(w io.Writer) error {
		_, err := io.WriteString(w, "x 1\n")
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o644 {
		t.Errorf("the file has mode %o, want 644", got)
	}
}
