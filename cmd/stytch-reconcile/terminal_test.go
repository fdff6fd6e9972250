package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

func TestOnlyYesIsConsent(t *testing.T) {
	for _, test := range []struct{ typed, want string }{
		{"yes\n", ""},
		{" yes \r\n", ""},
		{"yes", ""}, // and the end of the input
		{"y\n", "declined; nothing was written"},
		{"YES\n", "declined; nothing was written"},
		{"yes please\n", "declined; nothing was written"},
		{"\nyes\n", "declined; nothing was written"},
		{"", "declined; nothing was written"},
	} {
		got := ""
		if err := ask(t.Context(), strings.NewReader(test.typed), io.Discard, "Apply?"); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%q: got %q, want %q", test.typed, got, test.want)
		}
	}
}

func TestAnInterruptAtTheQuestionDeclines(t *testing.T) {
	silent, stop := io.Pipe()
	defer func() { _ = stop.Close() }()
	ctx, interrupt := context.WithCancel(t.Context())
	var said bytes.Buffer
	done := make(chan error)
	go func() { done <- ask(ctx, silent, &said, "Apply?") }()
	interrupt()
	select {
	case err := <-done:
		if err == nil || err.Error() != "interrupted; nothing was written" {
			t.Errorf("got %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the question still waits for an answer")
	}
}
