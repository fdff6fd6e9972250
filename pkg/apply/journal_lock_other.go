//go:build !unix || aix || solaris

package apply

import "os"

// lock does nothing where there is no lock that leaves the file readable and
// ends with its process.
func lock(*os.File, bool) (held bool) { return false }

// syncDirectory does nothing where a directory is no file.
func syncDirectory(string) error { return nil }
