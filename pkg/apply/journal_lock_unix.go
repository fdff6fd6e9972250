//go:build unix && !aix && !solaris

package apply

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the lock on a journal that its writer holds, and reports whether
// somebody else has it. The kernel drops it when the process ends, however it
// ends. A file system without locks has nobody who holds one.
func lock(file *os.File, wait bool) (held bool) {
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	for {
		err := syscall.Flock(int(file.Fd()), how) //nolint:gosec // a descriptor is a small number
		if !errors.Is(err, syscall.EINTR) {
			return errors.Is(err, syscall.EWOULDBLOCK)
		}
	}
}

// syncDirectory puts the names in a directory on the disk.
func syncDirectory(dir string) error {
	opened, err := os.Open(dir) //nolint:gosec // whoever runs the program names the directory
	if err != nil {
		return err
	}
	err = opened.Sync()
	if errors.Is(err, syscall.EINVAL) { // this file system has no such thing
		err = nil
	}
	return errors.Join(err, opened.Close())
}
