package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/stytchauth/stytch-go/v16/stytch"
)

// A Request is a call whose body is made by hand, for what the SDKs' structs drop: an explicit null, "", [], {} or
// false.
type Request struct {
	Method string     // http.MethodGet, …
	Path   string     // from Stytch's first segment on, escaped: made by Path
	Query  url.Values // nil: none
	Body   any        // a map or struct that is marshalled as it is; nil: none
}

// Data sends a request to the data plane with the project's credentials, over the SDK's own client. Paths of the fraud
// service go to its host. out is nil, a *json.RawMessage for the bytes as they came, or what json.Unmarshal takes. Every
// error is an *Error.
func (c *Client) Data(ctx context.Context, r Request, out any) error {
	if c.B2B == nil {
		return r.failed(fmt.Errorf("%s and %s are needed for Stytch's data API", varProjectID, varSecret))
	}
	body, err := r.encode()
	if err != nil {
		return r.failed(err)
	}
	params := stytch.RequestParams{Method: r.Method, Path: r.target(), Body: body}
	if r.isFraud() {
		params.BaseURLType = "FRAUD"
	}
	answer, err := c.B2B.Organizations.C.RawRequest(ctx, params)
	if err != nil {
		return r.failed(err)
	}
	return r.decode(answer, out)
}

// Manage sends a request to the management plane with the workspace key, over the same http.Client as the SDK. out and
// errors are those of Data.
func (c *Client) Manage(ctx context.Context, r Request, out any) error {
	if c.Management == nil {
		return r.failed(fmt.Errorf("%s and %s are needed for Stytch's management API", varKeyID, varKeySecret))
	}
	body, err := r.encode()
	if err != nil {
		return r.failed(err)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, c.managementBase+r.target(), bytes.NewReader(body))
	if err != nil {
		return r.failed(err)
	}
	req.SetBasicAuth(c.keyID, c.keySecret.Reveal())
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return r.failed(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return r.failed(err)
	}
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusCreated {
		return r.failed(errorFrom(res.StatusCode, answer))
	}
	return r.decode(answer, out)
}

// encode checks the path and marshals the body.
func (r Request) encode() ([]byte, error) {
	if err := checkPath(r.Path); err != nil {
		return nil, err
	}
	if r.Body == nil {
		return nil, nil
	}
	body, err := json.Marshal(r.Body)
	if err != nil {
		return nil, fmt.Errorf("writing the body: %w", err)
	}
	return body, nil
}

func (r Request) target() string {
	if len(r.Query) == 0 {
		return r.Path
	}
	return r.Path + "?" + r.Query.Encode()
}

// isFraud: these endpoints have a host of their own (Stytch's SDK, fraud clients).
func (r Request) isFraud() bool {
	for _, p := range []string{"/v1/rules/", "/v1/verdict_reasons/", "/v1/fingerprint/"} {
		if strings.HasPrefix(r.Path, p) {
			return true
		}
	}
	return false
}

// decode reads a success. One that cannot be read leaves a write's outcome unknown: it was done, but not as expected.
func (r Request) decode(answer []byte, out any) error {
	if out == nil {
		return nil
	}
	if raw, ok := out.(*json.RawMessage); ok {
		*raw = bytes.Clone(answer)
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return &Error{
			Status: http.StatusOK, Type: typeUnreadable, Method: r.Method, Path: r.Path,
			Message: "understanding Stytch's answer: " + err.Error(),
			cause:   err, unknown: !endpointOf(r.Method, r.Path).Read,
		}
	}
	return nil
}

// failed gives err as an *Error that names this request.
func (r Request) failed(err error) error {
	e, ok := errors.AsType[*Error](Wrap(err))
	if !ok {
		return &Error{Method: r.Method, Path: r.Path, Message: err.Error(), cause: err}
	}
	named := *e
	named.Method, named.Path = r.Method, r.Path
	return &named
}
