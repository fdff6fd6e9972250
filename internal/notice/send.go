package notice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// An Endpoint is where notices go. Its address is a secret, because whoever has
// it can write there: no error holds it, and no verb prints what a function holds.
type Endpoint struct{ address func() string }

// ParseEndpoint reads the address of a webhook.
func ParseEndpoint(text string) (Endpoint, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return Endpoint{}, errors.New("it is no address of a webhook: write https://…")
	}
	return Endpoint{u.String}, nil
}

// String hides the address.
func (Endpoint) String() string { return "the webhook" }

// Send posts a message. It follows no redirect: the address that was given is
// the one that may read the message.
func (e Endpoint) Send(ctx context.Context, body []byte, timeout time.Duration) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.address(), bytes.NewReader(body))
	if err != nil {
		return errors.New("the address of the webhook cannot be used")
	}
	request.Header.Set("Content-Type", "application/json")
	client := &http.Client{Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok { // its text begins with the address
			err = failed.Err
		}
		return fmt.Errorf("sending the notice: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // nothing is read of it
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return fmt.Errorf("sending the notice: the webhook answered %s", http.StatusText(response.StatusCode))
	}
	return nil
}
