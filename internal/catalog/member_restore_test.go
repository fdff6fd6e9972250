package catalog

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

func (b *bench) restore(organization, id string, after Member) error {
	return restoreMember(b.t.Context(), b.client, kind.Edit[Member]{Scope: kind.Scope{OrganizationID: organization}, ID: id, After: after})
}

func TestDeletedMembersAreFoundByTheirAddresses(t *testing.T) {
	b, acme := newRoster(t)
	globex := b.organization(Organization{Slug: "globex"})
	verified := b.member(acme, Member{Email: "Ada@acme.example"})
	b.must(b.server.MarkVerified(b.project, verified))
	b.remove(acme, verified)
	never := b.member(acme, Member{Email: "ada@acme.example"})
	b.remove(acme, never)
	b.remove(acme, b.member(acme, Member{Email: "bob@acme.example"}))
	b.remove(globex, b.member(globex, Member{Email: "ada@acme.example"}))
	b.member(acme, Member{Email: "eve@acme.example"})
	b.server.ResetRequests()

	got := map[string]bool{}
	for _, live := range b.deleted(acme, "ada@acme.example", "eve@acme.example", "new@acme.example", "no address") {
		if !live.Gone || live.OrganizationID != acme {
			t.Errorf("%s is no deleted member of the organization", live.Value.Email)
		}
		got[live.ID] = live.Revives
	}
	if diff := cmp.Diff(map[string]bool{verified: true, never: false}, got); diff != "" {
		t.Errorf("deleted members, and whether they can come back (-want +got):\n%s", diff)
	}
	if n := len(b.server.Requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestAnAddressIsWantedOnlyWhereItIsDeclared(t *testing.T) {
	b, acme := newRoster(t)
	globex := b.organization(Organization{Slug: "globex"})
	b.remove(globex, b.member(globex, Member{Email: "ada@acme.example"}))
	scopes := []kind.Scope{{OrganizationID: acme, Keys: []string{"ada@acme.example"}}, {OrganizationID: globex, Keys: []string{"bob@acme.example"}}}
	if got := b.collect(listDeletedMembers(t.Context(), b.client, scopes)); len(got) != 0 {
		t.Errorf("found %v, want nobody", got)
	}
}

func TestTheStatusDecidesWhateverTheSearchWasFor(t *testing.T) {
	c := clientFor(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, `{"members":[
			{"member_id":"m1","organization_id":"o","status":"active","email_address":"ada@x.example"},
			{"member_id":"m2","organization_id":"o","status":"deleted","email_address":"ada@x.example"}],"results_metadata":{"total":2,"next_cursor":null}}`)
	}), "project-test-00000000-0000-4000-8000-000000000000", "secret")
	b, scopes := &bench{t: t, client: c}, scopesOf([]string{"o"}, []string{"ada@x.example"})
	if got := b.collect(listMembers(t.Context(), c, scopes)); len(got) != 1 || got[0].ID != "m1" {
		t.Errorf("live members %+v, want m1", got)
	}
	if got := b.collect(listDeletedMembers(t.Context(), c, scopes)); len(got) != 1 || got[0].ID != "m2" {
		t.Errorf("deleted members %+v, want m2", got)
	}
}

func TestARefusedListOfAddressesIsHalved(t *testing.T) {
	var asked []int
	c := clientFor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Query struct {
				Operands []struct {
					Name  string   `json:"filter_name"`
					Value []string `json:"filter_value"`
				} `json:"operands"`
			} `json:"query"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		addresses := body.Query.Operands[1].Value
		asked = append(asked, len(addresses))
		if len(addresses) > 2 {
			answer(w, http.StatusBadRequest, `{"status_code":400,"request_id":"r","error_type":"bad_request","error_message":"too many"}`)
			return
		}
		answer(w, http.StatusOK, `{"members":[{"member_id":"id-`+addresses[0]+`","organization_id":"o","status":"deleted","email_address":"`+
			addresses[0]+`"}],"results_metadata":{"total":1,"next_cursor":null}}`)
	}), "project-test-00000000-0000-4000-8000-000000000000", "secret")
	var got []string
	keys := []string{"a@x.example", "b@x.example", "c@x.example", "d@x.example"}
	for live, err := range listDeletedMembers(t.Context(), c, scopesOf([]string{"o"}, keys)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, live.Value.Email)
	}
	if diff := cmp.Diff([]string{"a@x.example", "c@x.example"}, got); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{4, 2, 2}, asked); diff != "" {
		t.Errorf("addresses asked for (-want +got):\n%s", diff)
	}
}

func TestARestoredMemberHasWhatIsDeclaredAndTheirOldID(t *testing.T) {
	b, acme := newRoster(t)
	former := everything()
	former.Name = kind.Some("Former")
	former.Trusted = kind.Some(map[string]any{"plan": "lead", "former": 1, "undeclared": true})
	id := b.member(acme, former)
	b.must(b.server.MarkVerified(b.project, id))
	b.remove(acme, id)

	declared := everything()
	declared.Trusted = kind.Some(map[string]any{"plan": "gold", "former": nil})
	declared.ExternalID = kind.Some("")
	b.must(b.restore(acme, id, declared))
	want := declared
	want.Trusted = kind.Some(map[string]any{"plan": "gold", "undeclared": true})
	live := b.one(acme)
	if diff := cmp.Diff(want, live.Value, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the restored member (-want +got):\n%s", diff)
	}
	if live.ID != id {
		t.Errorf("the member_id is %s, want %s", live.ID, id)
	}
	if status := b.raw(acme, id)["status"]; status != "active" {
		t.Errorf("status %v, want active", status)
	}
}

func TestAMemberIsRestoredInTheCaseThatTheyHad(t *testing.T) {
	b, acme := newRoster(t)
	id := b.member(acme, Member{Email: "Ada@acme.example"})
	b.must(b.server.MarkVerified(b.project, id))
	b.remove(acme, id)
	b.must(b.restore(acme, id, Member{Email: "ada@acme.example"}))
	if live := b.one(acme); live.Value.Email != "Ada@acme.example" || len(live.Aliases) != 0 {
		t.Errorf("the member has %s and the retired addresses %v", live.Value.Email, live.Aliases)
	}
}

func TestAMemberWhoIsBackAlreadyIsWrittenAllTheSame(t *testing.T) {
	b, acme := newRoster(t)
	id := b.member(acme, Member{Email: "ada@acme.example"})
	b.must(b.restore(acme, id, Member{Email: "ada@acme.example", Name: kind.Some("Ada")}))
	if got := b.one(acme).Value.Name.Value; got != "Ada" {
		t.Errorf("name %q, want Ada", got)
	}
}

func TestAMemberWhoNeverVerifiedDoesNotComeBack(t *testing.T) {
	b, acme := newRoster(t)
	id := b.member(acme, Member{Email: "ada@acme.example"})
	b.remove(acme, id)
	err := b.restore(acme, id, Member{Email: "ada@acme.example"})
	if !hasType(err, "email_unverified_for_reactivation") || !strings.Contains(err.Error(), "was never verified") {
		t.Errorf("error %v", err)
	}
}

func TestARestorationThatIsNotWrittenWholeSaysSo(t *testing.T) {
	b, acme := newRoster(t)
	id := b.member(acme, Member{Email: "ada@acme.example"})
	b.must(b.server.MarkVerified(b.project, id))
	b.remove(acme, id)
	err := b.restore(acme, id, Member{Email: "ada@acme.example", Roles: kind.Some([]string{"unknown"})})
	if err == nil || !strings.Contains(err.Error(), "the member is active again, but what is declared of them is not written") {
		t.Errorf("error %v", err)
	}
}

// A phone number may survive a deletion at Stytch, which documents it for other
// factors only; and an answer may be lost, so that a request is sent twice.
func TestANumberThatIsThereAlreadyIsNoMistake(t *testing.T) {
	const mine, other = "+14155550123", "+14155550199"
	tests := []struct {
		name     string
		has      string // the number after reactivation
		declared kind.Opt[string]
		want     []string
	}{
		{"the same number is not sent again", mine, kind.Some(mine), []string{"PUT reactivate", "PUT name"}},
		{"another number goes first", other, kind.Some(mine), []string{"PUT reactivate", "DELETE phone", "PUT mfa_phone_number,name"}},
		{"a number that is to go is removed", other, kind.Some(""), []string{"PUT reactivate", "DELETE phone", "PUT name"}},
		{"a number that nobody declares stays", other, kind.Opt[string]{}, []string{"PUT reactivate", "PUT name"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			c := clientFor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got = append(got, r.Method+" "+about(t, r))
				answer(w, http.StatusOK, `{"member":{"member_id":"m","status":"active","email_address":"ada@acme.example","mfa_phone_number":"`+test.has+`"}}`)
			}), "project-test-00000000-0000-4000-8000-000000000000", "secret")
			err := restoreMember(t.Context(), c, kind.Edit[Member]{
				Scope: kind.Scope{OrganizationID: "o"}, ID: "m", After: Member{Email: "ada@acme.example", Name: kind.Some("Ada"), Phone: test.declared},
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestANumberThatARepeatedRequestFindsSetIsNoMistake(t *testing.T) {
	refuse := `{"status_code":400,"request_id":"r","error_type":"duplicate_member_phone_number_for_member","error_message":"has one"}`
	for _, test := range []struct {
		name, has string
		want      []string
		fails     bool
	}{
		{"the number is ours", "+14155550123", []string{"PUT mfa_phone_number,name", "GET member", "PUT name"}, false},
		{"the number is another", "+14155550199", []string{"PUT mfa_phone_number,name", "GET member"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			c := clientFor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				what := about(t, r)
				got = append(got, r.Method+" "+what)
				if strings.Contains(what, "mfa_phone_number") {
					answer(w, http.StatusBadRequest, refuse)
					return
				}
				answer(w, http.StatusOK, `{"member":{"member_id":"m","status":"active","mfa_phone_number":"`+test.has+`"}}`)
			}), "project-test-00000000-0000-4000-8000-000000000000", "secret")
			err := memberCalls{client: c, organization: "o", id: "m"}.put(t.Context(), map[string]any{"name": "Ada", "mfa_phone_number": "+14155550123"})
			if (err != nil) != test.fails {
				t.Errorf("error %v", err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// about names a request by its end and the keys of its body.
func about(t *testing.T, r *http.Request) string {
	t.Helper()
	switch {
	case strings.HasSuffix(r.URL.Path, "/reactivate"):
		return "reactivate"
	case strings.Contains(r.URL.Path, "/mfa_phone_numbers/"):
		return "phone"
	case r.Method == http.MethodGet:
		return "member"
	}
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		t.Error(err)
	}
	return strings.Join(sortedNames(body), ",")
}
