package catalog

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/stytchauth/stytch-management-go/v3/pkg/models/trustedtokenprofiles"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

// replaceKeys gives a profile exactly the wanted PEM keys: additions first, so
// that at every moment tokens that were accepted before or will be after have
// a key. What is there is read right before, and after an addition whose
// answer was lost: Stytch keeps a key as often as it is sent.
func replaceKeys(ctx context.Context, c *client.Client, s kind.Scope, profileID string, wanted []string) error {
	live, err := readKeys(ctx, c, s, profileID)
	if err != nil {
		return err
	}
	for {
		missing, surplus := keyDifference(live, wanted)
		if len(missing) == 0 {
			return removeKeys(ctx, c, s, profileID, surplus)
		}
		_, err := c.Management.TrustedTokenProfiles.CreatePEMFile(ctx, trustedtokenprofiles.CreatePEMFileRequest{
			ProjectSlug: s.ProjectSlug, EnvironmentSlug: s.EnvironmentSlug, ProfileID: profileID, PublicKey: missing[0],
		})
		before := len(missing)
		again, readErr := readKeys(ctx, c, s, profileID)
		if readErr != nil {
			return errors.Join(client.Wrap(err), readErr)
		}
		if missing, _ = keyDifference(again, wanted); len(missing) >= before {
			if err == nil {
				err = errors.New("adding a key to the profile: Stytch accepted it, but it is not there")
			}
			return client.Wrap(err)
		}
		live = again
	}
}

func removeKeys(ctx context.Context, c *client.Client, s kind.Scope, profileID string, ids []string) error {
	for _, id := range ids {
		_, err := c.Management.TrustedTokenProfiles.DeletePEMFile(ctx, trustedtokenprofiles.DeletePEMFileRequest{
			ProjectSlug: s.ProjectSlug, EnvironmentSlug: s.EnvironmentSlug, ProfileID: profileID, PEMFileID: id,
		})
		if e := client.Wrap(err); e != nil && !client.IsNotFound(e) {
			return e
		}
	}
	return nil
}

func readKeys(ctx context.Context, c *client.Client, s kind.Scope, profileID string) ([]trustedtokenprofiles.PEMFile, error) {
	answer, err := c.Management.TrustedTokenProfiles.Get(ctx, trustedtokenprofiles.GetRequest{
		ProjectSlug: s.ProjectSlug, EnvironmentSlug: s.EnvironmentSlug, ProfileID: profileID,
	})
	if err != nil {
		return nil, client.Wrap(err)
	}
	return answer.Profile.PEMFiles, nil
}

// keyDifference compares keys by their tidied text, each as often as it is
// there: the texts to add, as they were written, and the ids to remove.
//
//	live      wanted    add   remove
//	A         A B       B     -
//	A A       A         -     the later A
//	A(CRLF)   A(LF)     -     -
func keyDifference(live []trustedtokenprofiles.PEMFile, wanted []string) (missing, surplus []string) {
	unmatched := slices.Clone(wanted)
	for _, key := range live {
		same := slices.IndexFunc(unmatched, func(w string) bool { return tidyPEM(w) == tidyPEM(key.PublicKey) })
		if same < 0 {
			surplus = append(surplus, key.PEMFileID)
			continue
		}
		unmatched = slices.Delete(unmatched, same, same+1)
	}
	return unmatched, surplus
}

func tidyTrustedTokenProfile(p TrustedTokenProfile) TrustedTokenProfile {
	tidied := make([]string, 0, len(p.PEMFiles.Value))
	for _, text := range p.PEMFiles.Value {
		tidied = append(tidied, tidyPEM(text))
	}
	p.PEMFiles.Value = tidied
	return p
}

// tidyPEM makes texts of one key equal: one kind of line ending, nothing around.
func tidyPEM(text string) string {
	lines := strings.Split(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// keysOf gives the keys of a live value as if each had an id.
func keysOf(p TrustedTokenProfile) []trustedtokenprofiles.PEMFile {
	keys := make([]trustedtokenprofiles.PEMFile, 0, len(p.PEMFiles.Value))
	for _, text := range p.PEMFiles.Value {
		keys = append(keys, trustedtokenprofiles.PEMFile{PublicKey: text})
	}
	return keys
}
