package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// call METHOD PATH [BODY] asks the sandbox something, as somebody else would.
// {acme} in a path is the id of an organization, {acme/ada@acme.example} that of a
// member.
func call(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: call METHOD PATH [BODY]")
	}
	answer, err := worldOf(ts).call(args[0], args[1], args[2:]...)
	ts.Check(err)
	fmt.Fprintln(ts.Stdout(), answer)
}

// meanwhile METHOD PATH METHOD PATH [BODY] does a call right before the program's
// next request with the first method and path, in which * is any one part.
func meanwhile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 || len(args) > 5 {
		ts.Fatalf("usage: meanwhile METHOD PATH METHOD PATH [BODY]")
	}
	w := worldOf(ts)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.meanwhile = append(w.meanwhile, interference{args[0], args[1], func() error {
		_, err := w.call(args[2], args[3], args[4:]...)
		return err
	}})
}

// fails METHOD PATH refuses the program's next request with this method and path.
func fails(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fails METHOD PATH")
	}
	w := worldOf(ts)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.meanwhile = append(w.meanwhile, interference{args[0], args[1], func() error { return errors.New("not today") }})
}

// happens WHAT ORGANIZATION/MEMBER makes happen what no request can: provisioned
// (by SCIM), verified (the address, by a first login).
func happens(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: happens WHAT ORGANIZATION/MEMBER")
	}
	w := worldOf(ts)
	id, err := w.id(args[1])
	ts.Check(err)
	switch args[0] {
	case "provisioned":
		err = w.sandbox.MarkProvisioned(w.credentials.ProjectID, id, "scim")
	case "verified":
		err = w.sandbox.MarkVerified(w.credentials.ProjectID, id)
	default:
		ts.Fatalf("nothing is called %s", args[0])
	}
	ts.Check(err)
}

// wrote N fails unless the sandbox was sent N requests that write since wrote was
// last said. Those of call do not count.
func wrote(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: wrote N")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	w := worldOf(ts)
	got := -w.ownWrites()
	for _, r := range w.sandbox.Requests() {
		if r.Write {
			got++
		}
	}
	w.sandbox.ResetRequests()
	if got != want {
		ts.Fatalf("%d requests that write, want %d", got, want)
	}
}

func (w *world) ownWrites() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.writes
	w.writes = 0
	return n
}

var placeholder = regexp.MustCompile(`\{[^{}]+\}`)

func (w *world) call(method, where string, body ...string) (string, error) {
	var failed error
	where = placeholder.ReplaceAllStringFunc(where, func(name string) string {
		id, err := w.id(strings.Trim(name, "{}"))
		if err != nil {
			failed = err
		}
		return id
	})
	if failed != nil {
		return "", failed
	}
	request, err := http.NewRequestWithContext(context.Background(), method, "http://sandbox"+where, bytes.NewBufferString(strings.Join(body, "")))
	if err != nil {
		return "", err
	}
	request.SetBasicAuth(w.credentials.ProjectID, w.credentials.Secret)
	if strings.HasPrefix(where, "/pwa/") {
		request.SetBasicAuth(w.credentials.WorkspaceKeyID, w.credentials.WorkspaceKeySecret)
	}
	if method != http.MethodGet && !strings.HasSuffix(where, "/search") {
		w.mu.Lock()
		w.writes++
		w.mu.Unlock()
	}
	recorder := httptest.NewRecorder()
	w.sandbox.ServeHTTP(recorder, request)
	answer, err := io.ReadAll(recorder.Body)
	if err == nil && recorder.Code != http.StatusOK {
		err = fmt.Errorf("%s %s: %s", method, where, answer)
	}
	return string(answer), err
}

var ids = regexp.MustCompile(`"(organization|member)_id":"([^"]+)"`)

// id finds an organization by its slug, or a member by SLUG/ADDRESS.
func (w *world) id(name string) (string, error) {
	slug, address, isMember := strings.Cut(name, "/")
	answer, err := w.call(http.MethodPost, "/v1/b2b/organizations/search",
		fmt.Sprintf(`{"query":{"operator":"AND","operands":[{"filter_name":"organization_slugs","filter_value":[%q]}]}}`, slug))
	if err != nil {
		return "", err
	}
	found := ids.FindStringSubmatch(answer)
	if found == nil {
		return "", fmt.Errorf("there is no organization %s", slug)
	}
	if !isMember {
		return found[2], nil
	}
	answer, err = w.call(http.MethodGet, "/v1/b2b/organizations/"+found[2]+"/member?email_address="+address)
	if err != nil {
		return "", err
	}
	for _, id := range ids.FindAllStringSubmatch(answer, -1) {
		if id[1] == "member" {
			return id[2], nil
		}
	}
	return "", fmt.Errorf("the organization %s has no member %s", slug, address)
}
