package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/rogpeppe/go-internal/testscript"
)

// A chatroom is where notices go: it keeps what was posted since it was last
// looked at. The world's lock guards it.
type chatroom struct {
	address  string
	refuses  bool
	messages []string
}

// chat opens a chat and puts its address, which holds a canary, into the
// environment; "chat refuses" lets it refuse every message, "chat accepts" no more.
func chat(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 || len(args) == 1 && args[0] != "refuses" && args[0] != "accepts" {
		ts.Fatalf("usage: chat [refuses|accepts]")
	}
	w := worldOf(ts)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(args) == 1 {
		w.chat.refuses = args[0] == "refuses"
		return
	}
	server := httptest.NewServer(http.HandlerFunc(w.hear))
	ts.Defer(server.Close)
	w.chat.address = server.URL
	ts.Setenv("STYTCH_RECONCILE_NOTIFY_URL", server.URL+"/services/canary-webhook?token=canary-webhook")
}

// hear takes a message as Slack does.
func (w *world) hear(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	w.mu.Lock()
	defer w.mu.Unlock()
	var message map[string]string
	if err != nil || json.Unmarshal(body, &message) != nil || len(message) != 1 || message["text"] == "" || r.URL.Path != "/services/canary-webhook" {
		w.chat.messages = append(w.chat.messages, "invalid_payload: "+string(body))
		http.Error(rw, "invalid_payload", http.StatusBadRequest)
		return
	}
	if w.chat.refuses {
		http.Error(rw, "channel_is_archived", http.StatusGone)
		return
	}
	w.chat.messages = append(w.chat.messages, message["text"])
}

// told puts the one message that was posted since it last looked onto stdout;
// "! told" fails if there was any.
func told(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) > 0 {
		ts.Fatalf("usage: told")
	}
	w := worldOf(ts)
	w.mu.Lock()
	defer w.mu.Unlock()
	messages := w.chat.messages
	w.chat.messages = nil
	if neg {
		if len(messages) > 0 {
			ts.Fatalf("%d messages, want none: %q", len(messages), messages)
		}
		return
	}
	if len(messages) != 1 {
		ts.Fatalf("%d messages, want one: %q", len(messages), messages)
	}
	fmt.Fprint(ts.Stdout(), messages[0])
}
