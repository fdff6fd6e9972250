package catalog

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// The parts of a client_type.
const (
	firstParty   = "first_party"
	thirdParty   = "third_party"
	publicSuffix = "_public"
)

// isPublic reports whether the app cannot keep a secret, and has none.
func (a ConnectedApp) isPublic() bool { return strings.HasSuffix(a.ClientType.Value, publicSuffix) }

func checkConnectedApp(a ConnectedApp) []kind.Problem {
	var problems []kind.Problem
	refuse := func(attribute, message, hint string) {
		problems = append(problems, kind.Problem{Attribute: attribute, Message: message, Hint: hint})
	}
	if strings.HasPrefix(a.ClientType.Value, thirdParty) {
		if a.FullAccess.Value {
			refuse("full_access_allowed", "a third party app cannot have full access", "leave it out, or declare a first party app")
		}
		if a.BypassConsent.Value {
			refuse("bypass_consent_for_offline_access", "a third party app must ask for consent", "leave it out, or declare a first party app")
		}
	}
	if a.isPublic() && a.Rotation.Set && a.Rotation.Value != rotationNone {
		refuse("secret_rotation", "a public app has no secret to rotate", "leave it out")
	}
	problems = append(problems, appURLs("redirect_urls", a.RedirectURLs.Value)...)
	problems = append(problems, appURLs("post_logout_redirect_urls", a.LogoutURLs.Value)...)
	problems = append(problems, webAddress("logo_url", a.LogoURL)...)
	return append(problems, claimsTemplate("access_token_template_content", a.Template)...)
}

// appURLs wants absolute URLs without a fragment, and https unless the address
// is of this machine or of an app of its own.
func appURLs(attribute string, urls []string) []kind.Problem {
	var problems []kind.Problem
	for i, text := range urls {
		refuse := func(message string) {
			problems = append(problems, kind.Problem{
				Attribute: fmt.Sprintf("%s[%d]", attribute, i), Message: message,
				Hint: "write an absolute URL such as https://app.example.com/callback, or myapp://callback for an app",
			})
		}
		u, err := url.Parse(text)
		switch {
		case err != nil || strings.ContainsFunc(text, isSpaceOrControl) || u.Scheme == "":
			refuse("the URL is not absolute")
		case slices.Contains(executableSchemes, u.Scheme):
			refuse(fmt.Sprintf("a redirect to %s: is not an address of an application", u.Scheme))
		case strings.Contains(text, "#"):
			refuse("the URL has a fragment, which OAuth does not allow")
		case u.User != nil:
			refuse("the URL holds a user name or password")
		case (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() == "":
			refuse("the URL has no host")
		case u.Scheme == "http" && !isThisMachine(u.Hostname()):
			refuse("the URL uses http, which anybody on the way can read and change")
		}
	}
	return problems
}

func tidyConnectedApp(a ConnectedApp) ConnectedApp {
	a.Rotation = tidyRotation(a.Rotation)
	a.Template.Value = tidyTemplate(a.Template.Value)
	return a
}

// connectedAppIssuing: the creation of an app that can keep a secret has one
// made up, and so has the start of a rotation.
func connectedAppIssuing(creates bool, _, after ConnectedApp) []string {
	switch {
	case creates && !after.isPublic():
		return []string{"client_secret"}
	case !creates && after.Rotation.Value == rotationStarted:
		return []string{"next_client_secret"}
	}
	return nil
}

// connectedAppEffects says where tokens may go now, and what people can no
// longer do.
func connectedAppEffects(t kind.Transition[ConnectedApp]) plan.Effects {
	var effects plan.Effects
	risk := func(class, format string, args ...any) {
		effects.Risks = append(effects.Risks, plan.Risk{Class: class, Reason: fmt.Sprintf(format, args...)})
	}
	before, after := t.Live.Value, t.After
	if t.Action == plan.Delete {
		risk(plan.AccessRemoved, "nobody can log in to the app any more, and what people allowed it ends")
		risk(plan.Irreversible, "its client_id does not come back: an app of the same name is another one")
		return effects
	}
	if added := without(after.RedirectURLs.Value, before.RedirectURLs.Value); len(added) > 0 {
		risk(plan.AccessWidened, "people who log in to the app, and their tokens, may be sent to %s", strings.Join(added, ", "))
	}
	if gone := without(before.RedirectURLs.Value, after.RedirectURLs.Value); len(gone) > 0 {
		risk(plan.AccessRemoved, "logins that name %s are refused", strings.Join(gone, ", "))
	}
	if after.FullAccess.Value && !before.FullAccess.Value {
		risk(plan.AccessWidened, "the app can exchange a token for a full session of the person")
	}
	if before.FullAccess.Value && !after.FullAccess.Value {
		risk(plan.AccessRemoved, "the app can no longer exchange a token for a full session")
	}
	if after.BypassConsent.Value && !before.BypassConsent.Value {
		risk(plan.AccessWidened, "the app keeps access while people are away, without asking them")
	}
	if was, is := before.TokenMinutes.Value, after.TokenMinutes.Value; t.Action == plan.Update && is > was {
		risk(plan.AccessWidened, "access tokens are valid for %d minutes instead of %d", is, was)
	}
	if t.Action == plan.Update && (t.Changed["access_token_custom_audience"] || t.Changed["access_token_template_content"]) {
		effects.Consequences = append(effects.Consequences, "access tokens that are issued from now on carry other claims")
	}
	rotationEffects(&effects, t.Action, before.Rotation, after.Rotation)
	return effects
}
