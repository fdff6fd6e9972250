package client

import (
	"testing"

	"go.uber.org/goleak"
)

// No connection leaves a goroutine behind: the tests close what they open.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
