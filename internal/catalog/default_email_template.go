package catalog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// prebuiltMail is what has no type of its own: mail of every type for which no
// custom HTML is the default.
const prebuiltMail = "PREBUILT"

// emailTypes are the types of mail that have a default.
var emailTypes = []string{
	"LOGIN", "SIGNUP", "INVITE", "RESET_PASSWORD", "ONE_TIME_PASSCODE", "ONE_TIME_PASSCODE_SIGNUP", "VERIFY_EMAIL_PASSWORD_RESET", "UNLOCK", prebuiltMail,
}

// A DefaultEmailTemplate is the template of mail for which a call names none.
type DefaultEmailTemplate struct {
	Type       string           `attr:"email_template_type,key" oneof:"LOGIN SIGNUP INVITE RESET_PASSWORD ONE_TIME_PASSCODE ONE_TIME_PASSCODE_SIGNUP VERIFY_EMAIL_PASSWORD_RESET UNLOCK PREBUILT" doc:"The type of mail. PREBUILT is for a prebuilt template, the others for custom HTML of that type."`
	TemplateID kind.Opt[string] `attr:"template_id,required,nonempty" doc:"The template's id. absent: true goes back to Stytch's own mail, but for PREBUILT, which can only be set to another template."`
}

var defaultEmailTemplate = kind.New(kind.Type[DefaultEmailTemplate]{
	Name:            "default_email_template",
	Plural:          "default_email_templates",
	Plane:           client.Management,
	After:           []string{"email_template"},
	Merges:          true, // a POST sets whatever was set before
	KeptWhenOmitted: true,
	Doc: "Which template mail of one type gets when the call that sends it names none. Defaults belong to the project: one " +
		"environment's documents change the mail of all, LIVE included. Stytch cannot list them, so that only the declared types are " +
		"read.",
	Facts: []string{
		"a type without default is answered as not found, and counts as absent",
		"a template becomes a default before, and ceases to be one before, anything is deleted",
		"whether Stytch lets a template be deleted that is a default is not documented: here it is refused",
	},
	Check:      checkDefaultEmailTemplate,
	References: defaultEmailReferences,
	Effects:    defaultEmailEffects,
	List: func(ctx context.Context, c *client.Client, scopes []kind.Scope) iter.Seq2[kind.Live[DefaultEmailTemplate], error] {
		return eachScope(scopes, func(s kind.Scope) ([]kind.Live[DefaultEmailTemplate], error) {
			return readDefaultEmailTemplates(ctx, c, s)
		})
	},
	Create: func(ctx context.Context, c *client.Client, e kind.Edit[DefaultEmailTemplate]) (string, error) {
		return e.After.Type, setDefaultEmailTemplate(ctx, c, e)
	},
	Update: setDefaultEmailTemplate,
	Delete: func(ctx context.Context, c *client.Client, e kind.Edit[DefaultEmailTemplate]) error {
		return c.Manage(ctx, client.Request{Method: http.MethodDelete, Path: defaultEmailPath(e.Scope, e.After.Type)}, nil)
	},
})

func defaultEmailPath(s kind.Scope, mail string) string {
	return projectPath(s, "/default_email_templates/%s", mail)
}

func readDefaultEmailTemplates(ctx context.Context, c *client.Client, s kind.Scope) ([]kind.Live[DefaultEmailTemplate], error) {
	var found []kind.Live[DefaultEmailTemplate]
	for _, mail := range s.Keys {
		id, err := readDefaultEmailTemplate(ctx, c, s, mail)
		if err != nil {
			return nil, err
		}
		if id != "" {
			found = append(found, kind.Live[DefaultEmailTemplate]{ID: mail, Value: DefaultEmailTemplate{Type: mail, TemplateID: kind.Some(id)}})
		}
	}
	return found, nil
}

// readDefaultEmailTemplate gives the id of a type's default, "" when it has none.
func readDefaultEmailTemplate(ctx context.Context, c *client.Client, s kind.Scope, mail string) (string, error) {
	path := defaultEmailPath(s, mail)
	id, err := manageObject[string](ctx, c, path, "template_id")
	switch {
	case client.IsNotFound(err) && !lacksEnvironment(err):
		return "", nil
	case err == nil && id == "":
		return "", unreadable(path, errors.New("the answer's template_id is empty"))
	}
	return id, err
}

func setDefaultEmailTemplate(ctx context.Context, c *client.Client, e kind.Edit[DefaultEmailTemplate]) error {
	return c.Manage(ctx, client.Request{
		Method: http.MethodPost, Path: defaultEmailPath(e.Scope, e.After.Type), Body: map[string]any{"template_id": e.After.TemplateID.Value},
	}, nil)
}

// stillDefault is the refusal to delete what mail is still sent with.
func stillDefault(id, mail string) error {
	hint := "absent: true"
	if mail == prebuiltMail {
		hint = "template_id: another one"
	}
	return &plan.Failure{
		Type:    "email_template_in_use",
		Message: fmt.Sprintf("%s is the default email template for %s; declare default_email_templates: {%s: {%s}} first", id, mail, mail, hint),
	}
}

func checkDefaultEmailTemplate(d DefaultEmailTemplate) []kind.Problem {
	if slices.Contains(emailTypes, d.Type) {
		return nil
	}
	return []kind.Problem{{Message: fmt.Sprintf("there is no type of mail called %q", d.Type), Hint: "the key is one of " + strings.Join(emailTypes, ", ")}}
}

func defaultEmailReferences(_ plan.Address, d DefaultEmailTemplate) (offers, uses []string) {
	return nil, []string{"email_template/" + d.TemplateID.Value}
}

func defaultEmailEffects(t kind.Transition[DefaultEmailTemplate]) plan.Effects {
	effects := plan.Effects{Risks: []plan.Risk{projectWide("mail for which no template is named looks otherwise")}}
	if t.Action != plan.Delete {
		return effects
	}
	mail := t.Live.Value.Type
	if mail == prebuiltMail {
		effects.Problems = []plan.Problem{{Message: "the default for PREBUILT cannot be unset", Hint: "declare the template_id of another template"}}
	}
	effects.Consequences = []string{"mail of the type " + mail + " is Stytch's own again"}
	return effects
}
