package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

var errRedirect = errors.New("the answer was a redirect, and credentials are not carried to another address: check the base URI")

// answer gives every answer the form that both SDKs understand. Left alone, they lose the status of an error whose body
// is not JSON, take the status from a body that may lack it, and fail on a success without a body (Stytch's Go SDKs,
// RawRequest).
//
// Every explanation of a failure passes here, and loses the secrets that it repeats.
type answer struct {
	next      http.RoundTripper
	concealed *concealed
}

func (t answer) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, &attemptError{cause: err}
	}
	_ = res.Body.Close()
	if !isSuccess(res.StatusCode) || !json.Valid(body) {
		body = t.concealed.body(body) // before an excerpt of it is cut
	}
	switch {
	case isSuccess(res.StatusCode):
		body, err = successBody(res, body)
	case res.StatusCode >= 300 && res.StatusCode < 400:
		err = &Error{
			Status: res.StatusCode, Type: typeRedirect, Message: errRedirect.Error(),
			Method: req.Method, Path: req.URL.EscapedPath(), cause: errRedirect,
		}
	case req.Method == http.MethodGet && isCut(body):
		err = &attemptError{cause: &Error{
			Status: res.StatusCode, Type: typeNonJSON,
			Message: http.StatusText(res.StatusCode) + ", cut short: " + excerpt(body),
		}}
	default:
		body = errorBody(res.StatusCode, body)
	}
	if err != nil {
		return nil, err
	}
	setBody(res, body)
	return res, nil
}

// isCut reports whether a body began as Stytch's do and did not end. What a read
// was refused for is then worth another look: some kinds learn from the reason
// alone that there is nothing.
func isCut(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) && !json.Valid(body)
}

// successBody makes any success a 200 or 201 with JSON in it. A success that is not JSON is no answer of Stytch's: what
// became of the request is as unknown as if the connection had been cut.
func successBody(res *http.Response, body []byte) ([]byte, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	if !json.Valid(body) {
		return nil, &attemptError{cause: &Error{
			Status: res.StatusCode, Type: typeNonJSON,
			Message: "a success that is not JSON, so not Stytch's: " + excerpt(body),
		}}
	}
	if res.StatusCode != http.StatusCreated {
		res.StatusCode, res.Status = http.StatusOK, "200 OK"
	}
	return body, nil
}

// errorFields are the names that the SDKs read of an error.
var errorFields = []string{"status_code", "request_id", "error_type", "error_message", "error_url", "error_details"}

// errorBody makes any failure an error as Stytch writes it, with the status of the answer itself.
func errorBody(status int, body []byte) []byte {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return marshal(map[string]any{
			"status_code": status, "error_type": typeNonJSON,
			"error_message": fmt.Sprintf("%s: %s", http.StatusText(status), excerpt(body)),
		})
	}
	// Go's decoder takes names in any case: what is spelled otherwise would come in the place of what is meant.
	maps.DeleteFunc(fields, func(name string, _ json.RawMessage) bool {
		return slices.ContainsFunc(errorFields, func(field string) bool { return name != field && strings.EqualFold(name, field) })
	})
	fields["status_code"] = marshal(status)
	for _, name := range []string{"request_id", "error_type", "error_message", "error_url"} {
		var text string
		if json.Unmarshal(fields[name], &text) != nil || text == "" {
			delete(fields, name) // one wrong type would make an SDK drop the whole error
		}
	}
	var details map[string]any
	if json.Unmarshal(fields["error_details"], &details) != nil {
		delete(fields, "error_details")
	}
	if fields["error_type"] == nil {
		fields["error_type"] = marshal(typeUnrecognized)
		fields["error_message"] = marshal(excerpt(body))
	}
	return marshal(fields)
}

// errorFrom reads a body that errorBody made.
func errorFrom(status int, body []byte) *Error {
	var wire struct {
		RequestID string `json:"request_id"`
		Type      string `json:"error_type"`
		Message   string `json:"error_message"`
	}
	if err := json.Unmarshal(errorBody(status, body), &wire); err != nil {
		panic("client: errorBody wrote what cannot be read: " + err.Error())
	}
	return &Error{Status: status, Type: wire.Type, Message: wire.Message, RequestID: wire.RequestID}
}

// excerpt is the beginning of a text that somebody else wrote, harmless in a terminal.
func excerpt(body []byte) string {
	const most = 200
	runes := []rune(string(bytes.ToValidUTF8(body[:min(len(body), 4*most)], []byte("?"))))
	return strconv.Quote(string(runes[:min(len(runes), most)]))
}

func marshal(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("client: " + err.Error()) // maps of strings and numbers always marshal
	}
	return b
}
