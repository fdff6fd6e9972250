package catalog

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
)

// A certificateAnswer is one certificate as Stytch shows it.
type certificateAnswer struct {
	ID   string `json:"certificate_id"`
	Text string `json:"certificate"`
}

// maxCertificates is how many verification certificates a connection has at most
// (Stytch's API reference).
const maxCertificates = 5

// samlCertificates are the requests about one connection and its certificates,
// within one operation.
type samlCertificates struct {
	client       *client.Client
	organization string
	connection   string
	live         []certificateAnswer // that are there, once they are known
	known        bool
	done         []string // what the operation has done until now, for an error to tell
}

// put sends settings of the connection, or a certificate. The answer tells the
// certificates that there are then.
func (s *samlCertificates) put(ctx context.Context, body map[string]any) error {
	var answer struct {
		Connection samlAnswer `json:"connection"`
	}
	path := client.Path("/v1/b2b/sso/saml/%s/connections/%s", s.organization, s.connection)
	err := s.client.Data(ctx, client.Request{Method: http.MethodPut, Path: path, Body: body}, &answer)
	if s.known = err == nil && answer.Connection.ID == s.connection; s.known {
		s.live = answer.Connection.Certificates
	}
	return err
}

// add gives the connection the wanted certificates that it does not have. Stytch
// appends whatever it is sent, also what is there already, so that nothing is sent
// of which it is not known whether it is there. Where five are there, one that is
// not wanted makes room.
func (s *samlCertificates) add(ctx context.Context, wanted []string) error {
	const undone = "the certificates are not all there"
	for {
		if err := s.read(ctx); err != nil {
			return partly(s.done, undone, err)
		}
		missing, surplus := certificateDifference(s.live, wanted)
		if len(missing) == 0 {
			return nil
		}
		if len(s.live) >= maxCertificates && len(surplus) > 0 {
			if err := s.remove(ctx, surplus[:1]); err != nil {
				return err
			}
		}
		err := s.put(ctx, map[string]any{"x509_certificate": missing[0]})
		switch {
		case err == nil:
			s.did("new certificates were added")
		case !errors.Is(err, client.ErrOutcomeUnknown):
			return partly(s.done, undone, err)
		}
		if readErr := s.read(ctx); readErr != nil {
			return partly(s.done, undone, errors.Join(err, readErr))
		}
		if left, _ := certificateDifference(s.live, wanted); len(left) >= len(missing) {
			if err == nil {
				err = errors.New("adding a certificate to the connection: Stytch accepted it, but it is not there")
			}
			return partly(s.done, undone, err)
		}
		s.did("new certificates were added")
	}
}

// removeAllBut removes every certificate that is not wanted, and what is there twice.
func (s *samlCertificates) removeAllBut(ctx context.Context, wanted []string) error {
	if err := s.read(ctx); err != nil {
		return partly(s.done, "the old certificates are not removed", err)
	}
	_, surplus := certificateDifference(s.live, wanted)
	return s.remove(ctx, surplus)
}

func (s *samlCertificates) remove(ctx context.Context, ids []string) error {
	for _, id := range ids {
		path := client.Path("/v1/b2b/sso/saml/%s/connections/%s/verification_certificates/%s", s.organization, s.connection, id)
		err := s.client.Data(ctx, client.Request{Method: http.MethodDelete, Path: path}, nil)
		if err != nil && !client.IsNotFound(err) {
			return partly(s.done, "the old certificates are not all removed", err)
		}
		s.did("old certificates were removed")
	}
	return nil
}

func (s *samlCertificates) did(what string) {
	if !slices.Contains(s.done, what) {
		s.done = append(s.done, what)
	}
}

// read asks for the certificates that are there, unless that is known.
func (s *samlCertificates) read(ctx context.Context) error {
	if s.known {
		return nil
	}
	path := client.Path("/v1/b2b/sso/%s", s.organization)
	answers, err := connectionsIn[samlAnswer](ctx, s.client, path, samlConnections.field)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(answers, func(a samlAnswer) bool { return a.ID == s.connection })
	if i < 0 {
		return unreadable(path, errors.New("the connection is not there"))
	}
	s.live, s.known = answers[i].Certificates, true
	return nil
}

// certificateDifference compares certificates as a set, by their tidied text: the
// texts to add, as they were written, and the ids to remove.
//
//	live      wanted    add   remove
//	A         A B       B     -
//	A A       A         -     the later A
//	A(CRLF)   A(LF)     -     -
//	A         B B       B     A
func certificateDifference(live []certificateAnswer, wanted []string) (missing, surplus []string) {
	left := map[string]bool{}
	for _, text := range tidyPEMs(wanted) {
		left[text] = true
	}
	for _, c := range live {
		if text := tidyPEM(c.Text); left[text] {
			left[text] = false
			continue
		}
		surplus = append(surplus, c.ID)
	}
	for _, text := range wanted {
		if left[tidyPEM(text)] {
			left[tidyPEM(text)] = false
			missing = append(missing, text)
		}
	}
	return missing, surplus
}

func tidyPEMs(texts []string) []string {
	tidied := make([]string, 0, len(texts))
	for _, text := range texts {
		tidied = append(tidied, tidyPEM(text))
	}
	return tidied
}
