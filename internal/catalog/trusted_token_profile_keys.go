package catalog

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/stytchauth/stytch-management-go/v3/pkg/models/trustedtokenprofiles"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// profileKeys are the requests about the keys of one profile, within one
// operation.
type profileKeys struct {
	client  *client.Client
	scope   kind.Scope
	profile string
	done    []string // what the operation has done until now, for an error to tell
}

// replace gives the profile exactly the wanted PEM keys: additions first, so
// that at every moment tokens that were accepted before or will be after have
// a key. What is there is read right before, and after an addition whose
// answer was lost: Stytch keeps a key as often as it is sent.
func (k profileKeys) replace(ctx context.Context, wanted []string) error {
	live, err := k.read(ctx)
	if err != nil {
		return partly(k.done, "the keys are not replaced", err)
	}
	before := k.done
	for {
		missing, surplus := keyDifference(live, wanted)
		if len(missing) == 0 {
			return k.remove(ctx, surplus)
		}
		err := k.add(ctx, missing[0])
		again, readErr := k.read(ctx)
		if readErr != nil && err == nil {
			return partly(append(slices.Clone(before), "a key was added"), "what the profile has now cannot be read", readErr)
		}
		if readErr != nil {
			return partly(k.done, "the keys are not all there", errors.Join(err, readErr))
		}
		if left, _ := keyDifference(again, wanted); len(left) >= len(missing) {
			if err == nil {
				err = errors.New("adding a key to the profile: Stytch accepted it, but it is not there")
			}
			return partly(k.done, "the keys are not all there", err)
		}
		live, k.done = again, append(slices.Clone(before), "new keys were added")
	}
}

func (k profileKeys) add(ctx context.Context, text string) error {
	_, err := k.client.Management.TrustedTokenProfiles.CreatePEMFile(ctx, trustedtokenprofiles.CreatePEMFileRequest{
		ProjectSlug: k.scope.ProjectSlug, EnvironmentSlug: k.scope.EnvironmentSlug, ProfileID: k.profile, PublicKey: text,
	})
	return client.Wrap(err)
}

func (k profileKeys) remove(ctx context.Context, ids []string) error {
	before := k.done
	for _, id := range ids {
		_, err := k.client.Management.TrustedTokenProfiles.DeletePEMFile(ctx, trustedtokenprofiles.DeletePEMFileRequest{
			ProjectSlug: k.scope.ProjectSlug, EnvironmentSlug: k.scope.EnvironmentSlug, ProfileID: k.profile, PEMFileID: id,
		})
		if e := client.Wrap(err); e != nil && !client.IsNotFound(e) {
			return partly(k.done, "the old keys are not all removed", e)
		}
		k.done = append(slices.Clone(before), "old keys were removed")
	}
	return nil
}

func (k profileKeys) read(ctx context.Context) ([]trustedtokenprofiles.PEMFile, error) {
	answer, err := k.client.Management.TrustedTokenProfiles.Get(ctx, trustedtokenprofiles.GetRequest{
		ProjectSlug: k.scope.ProjectSlug, EnvironmentSlug: k.scope.EnvironmentSlug, ProfileID: k.profile,
	})
	if err != nil {
		return nil, client.Wrap(err)
	}
	if answer.Profile.ProfileID == "" { // else a profile that shows no keys would be given all of them again
		return nil, unreadable(environmentPath(k.scope, "/trusted_token_profiles/%s", k.profile), withoutID("profile"))
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

// trustedTokenProfileLifelines: the environment's last profile, and the keys that
// a profile has now. Both are easily taken by mistake: a profile by a new name
// without renamed_from, a key by a rotation that leaves no time for the issuer to
// change over. Nobody holds the id of a new profile yet, and nobody signs with a
// new key. Another issuer, audience or jwks_url is what the edit itself says, and
// where an issuer's keys come from a URL it rotates them there: these are risks.
func trustedTokenProfileLifelines(_ plan.Address, name string, live, p *TrustedTokenProfile) []plan.Lifeline {
	if live == nil {
		return nil
	}
	held := []plan.Lifeline{{What: "any trusted_token_profile that callers know"}}
	inUse := map[string]bool{}
	for _, key := range live.PEMFiles.Value {
		inUse[tidyPEM(key)] = true
	}
	for _, key := range p.PEMFiles.Value {
		if inUse[tidyPEM(key)] {
			held = append(held, plan.Lifeline{Where: plan.NewAddress("", "trusted_token_profile", name), What: "any key that tokens are signed with now"})
		}
	}
	return held
}
