package kindtest

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stytch-reconcile/stytch-reconcile/internal/sandbox"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// Writes of which nobody knows whether they were done, one story each.

const (
	profilesEndpoint = "/pwa/v3/projects/{project_slug}/environments/{environment_slug}/trusted_token_profiles"
	keysEndpoint     = profilesEndpoint + "/{profile_id}/keys"
	membersEndpoint  = "/v1/b2b/organizations/{organization_id}/members"
	memberEndpoint   = membersEndpoint + "/{member_id}"
)

// inBubble runs a test on a piped world in which documents were applied.
func inBubble(t *testing.T, documents Documents, test func(*testing.T, *World)) {
	t.Helper()
	before := decoded(t, documents)
	synctest.Test(t, func(t *testing.T) {
		server, granted := bare(t)
		w := piped(t, server, granted)
		if r := w.pipeline(t, before, false); r.code != 0 {
			t.Fatal(r.told())
		}
		w.Sandbox.ResetRequests()
		test(t, w)
	})
}

// keys are the public keys of the profile "pem".
func (w *World) keys(t *testing.T) []string {
	t.Helper()
	var keys []string
	for _, file := range each(pick(w.tell(t, "GET", "~/trusted_token_profiles", nil)["profiles"], "name", "pem")["pem_files"]) {
		keys = append(keys, file["public_key"].(string))
	}
	return keys
}

func withKeys(keys ...string) Documents {
	return storyDocument(Object{"trusted_token_profiles": Object{"pem": pemProfile(keys...)}})
}

func TestAKeyWhoseAnswerWasLostIsFoundByItsTextAndNotAddedTwice(t *testing.T) {
	first, second := publicKey(t), publicKey(t)
	after := decoded(t, withKeys(first, strings.ReplaceAll(second, "\n", "\r\n")))
	inBubble(t, withKeys(first), func(t *testing.T, w *World) {
		w.strike(t, sandbox.Fault{Kind: sandbox.FaultCutAfterCommit, Endpoint: "POST " + keysEndpoint, Times: 1})
		r := w.pipeline(t, after, false)
		w.strike(t)
		if r.code != 0 || len(w.keys(t)) != 2 || len(writes(w.Sandbox.Requests())) != 1 {
			t.Errorf("%d keys: %s", len(w.keys(t)), r.told())
		}
	})
}

func TestAKeyThatArrivedAfterItsSecondAttemptIsRemovedByTheNextPlan(t *testing.T) {
	first, second := publicKey(t), publicKey(t)
	after := decoded(t, withKeys(first, second))
	inBubble(t, withKeys(first), func(t *testing.T, w *World) {
		w.strike(t, sandbox.Fault{Kind: sandbox.FaultLateCommit, Delay: unbearable, Endpoint: "POST " + keysEndpoint, Times: 1})
		if r := w.pipeline(t, after, false); r.code != 0 {
			t.Fatalf("the second attempt was answered: %s", r.told())
		}
		time.Sleep(unbearable)
		w.strike(t)
		if got := w.keys(t); len(got) != 3 {
			t.Fatalf("%d keys; the late one makes three", len(got))
		}
		if r := w.pipeline(t, after, false); len(r.plan.Changes) != 1 || r.code != 0 {
			t.Errorf("the plan does not show the key that is there twice: %s", r.told())
		}
		if got := w.keys(t); len(got) != 2 || !slices.Contains(got, first) || !slices.Contains(got, second) {
			t.Errorf("%d keys after the next run, want the two that are declared", len(got))
		}
	})
}

func TestAPhoneNumberWhoseReplacementWasBrokenOffIsSetByTheNextRun(t *testing.T) {
	phone := func(number string) Documents {
		return storyDocument(Object{"organizations": Object{"acme": Object{"organization_name": "Acme", "members": Object{
			"bob@acme.example": Object{"mfa_phone_number": number, "default_mfa_method": "sms_otp"},
		}}}})
	}
	after := decoded(t, phone("+14155550124"))
	for _, fault := range []sandbox.Fault{
		{Kind: sandbox.FaultCutBeforeCommit}, {Kind: sandbox.FaultCutAfterCommit}, {Kind: sandbox.FaultError, Status: 429}, {Kind: sandbox.FaultErrorAfterCommit},
	} {
		t.Run(fault.String(), func(t *testing.T) {
			inBubble(t, phone("+14155550123"), func(t *testing.T, w *World) {
				fault.Endpoint, fault.Times = "PUT "+memberEndpoint, untilMended
				w.strike(t, fault)
				r := w.pipeline(t, after, false)
				w.strike(t)
				seen := w.sees(t).objects["organization/acme/member/bob@acme.example"].(Object)
				failed := r.report.Operations[0]
				switch {
				case seen["mfa_phone_number"] == "+14155550124": // the answer was lost, and reading found it
					if failed.Result != plan.Done || r.code != 0 {
						t.Errorf("it was done: %s", r.told())
					}
				case seen["mfa_phone_number"] != nil || failed.Result != plan.Failed || r.code != 5:
					t.Errorf("the member has %v: %s", seen["mfa_phone_number"], r.told())
				case !strings.Contains(failed.Error.Message, "the old phone number was removed, but the new one is not set, so that the member has none"):
					t.Errorf("the report does not say what the member is left with: %s", r.told())
				}
				w.Connection = w.pipe(t, w.Sandbox, nil)
				if r = w.pipeline(t, after, false); r.code != 0 {
					t.Fatalf("the next run: %s", r.told())
				}
				seen = w.sees(t).objects["organization/acme/member/bob@acme.example"].(Object)
				if seen["mfa_phone_number"] != "+14155550124" || seen["default_mfa_method"] != "sms_otp" {
					t.Errorf("the member has %v and %v", seen["mfa_phone_number"], seen["default_mfa_method"])
				}
			})
		})
	}
}

// Nothing but its id tells two profiles of one name apart, and a creation that is
// carried out late is one that no reading can find.
func TestAProfileThatWasMadeTwiceStopsTheNextPlanWhichNamesBoth(t *testing.T) {
	after := decoded(t, storyDocument(Object{"trusted_token_profiles": Object{"new": jwkProfile(nil)}}))
	inBubble(t, storyDocument(Object{}), func(t *testing.T, w *World) {
		w.strike(t, sandbox.Fault{Kind: sandbox.FaultLateCommit, Delay: unbearable, Endpoint: "POST " + profilesEndpoint, Times: 1})
		r := w.pipeline(t, after, false)
		if failed := r.report.Operations[0]; failed.Result != plan.Failed || !strings.Contains(failed.Error.Message, "not known whether this was done") {
			t.Errorf("nobody knows whether it was made: %s", r.told())
		}
		if got := len(writes(w.Sandbox.Requests())); got != 0 {
			t.Errorf("%d creations were carried out; a creation is never repeated blindly", got)
		}
		if r = w.pipeline(t, after, false); r.code != 0 {
			t.Fatalf("it is not there, and is made: %s", r.told())
		}
		time.Sleep(unbearable)
		w.strike(t)
		ids := w.sees(t).ids["trusted_token_profile/new"]
		if len(ids) != 2 {
			t.Fatalf("%d profiles; the late one makes two", len(ids))
		}
		if r = w.pipeline(t, after, false); !r.stopsAtTwins(w.sees(t)) {
			t.Errorf("the plan does not name both of %v: %s", ids, r.told())
		}
		w.tell(t, "DELETE", "~/trusted_token_profiles/"+ids[0], nil)
		if r = w.pipeline(t, after, false); r.plan == nil || len(r.plan.Changes) > 0 {
			t.Errorf("one is left, as declared: %s", r.told())
		}
	})
}

// The first attempt is carried out between the reading that does not find it and
// the second attempt, which Stytch refuses: the address is taken, by ourselves.
func TestACreationThatOvertakesItsOwnRepetitionIsDone(t *testing.T) {
	organization := func(members Object) Documents {
		return storyDocument(Object{"organizations": Object{"acme": Object{"organization_name": "Acme", "members": members}}})
	}
	after := decoded(t, organization(Object{"new@acme.example": Object{"name": "New"}}))
	for _, saves := range []bool{false, true} {
		inBubble(t, organization(Object{}), func(t *testing.T, w *World) {
			looks := 1
			if saves {
				looks = 2 // the first is before the creation
			}
			w.strike(
				t,
				sandbox.Fault{Kind: sandbox.FaultLateCommit, Delay: patience + time.Second, Endpoint: "POST " + membersEndpoint, Times: 1},
				sandbox.Fault{Kind: sandbox.FaultLateAnswer, Delay: bearable, Endpoint: "GET /v1/b2b/organizations/{organization_id}/member", Nth: looks},
			)
			r := w.pipeline(t, after, saves)
			w.strike(t)
			if c := r.report.Operations[0]; c.Result != plan.Done || c.Written == 0 || r.code != 0 {
				t.Errorf("the member is there, and we made it: %s", r.told())
			}
			if committed := w.sees(t).ids["organization/acme/member/new@acme.example"]; len(committed) != 1 {
				t.Errorf("the member is there as %v", committed)
			}
		})
	}
}
