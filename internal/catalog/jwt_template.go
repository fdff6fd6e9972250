package catalog

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"strings"

	"github.com/stytchauth/stytch-management-go/v3/pkg/models/jwttemplates"

	"github.com/stytch-reconcile/stytch-reconcile/internal/client"
	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

// A JWTTemplate adds claims to every token of one type.
type JWTTemplate struct {
	Type     string           `attr:"jwt_template_type,key" oneof:"SESSION M2M" doc:"Which tokens get the claims: SESSION for members' session JWTs, M2M for access tokens of machines."`
	Content  kind.Opt[string] `attr:"template_content,file" default:"\"{}\"" doc:"A JSON object whose values may be {{ variables }}, such as {{ member.rbac.roles }}; compared as JSON. At most 4 kB when rendered, and without registered claims. Empty or {} adds no claims."`
	Audience kind.Opt[string] `attr:"custom_audience" default:"\"\"" doc:"A further audience (aud) of the tokens; empty for none."`
}

var jwtTemplate = kind.New(kind.Type[JWTTemplate]{
	Name:   "jwt_template",
	Plural: "jwt_templates",
	Plane:  client.Management,
	After:  []string{"rbac_policy"}, // a template may name the policy's resources
	Doc: "A template of the custom claims that all tokens of one type carry. Both types always exist: a template is never " +
		"created or deleted, and an empty one adds nothing.",
	Facts: []string{
		"a template that was never set is answered as \"\", as {} or as not found; all three compare equal",
		"Stytch takes content and audience together: the one that is not declared is read right before it is sent back, and what " +
			"somebody else changes in it in the milliseconds between is lost",
		"rendered claims are limited to 4096 bytes: Stytch's documentation says 4 kB",
		"whether Stytch refuses unknown variables is not documented; names of variables are not checked here",
	},
	Check:   checkJWTTemplate,
	Tidy:    tidyJWTTemplate,
	Effects: jwtTemplateEffects,
	List: func(ctx context.Context, c *client.Client, scopes []kind.Scope) iter.Seq2[kind.Live[JWTTemplate], error] {
		return eachScope(scopes, func(s kind.Scope) ([]kind.Live[JWTTemplate], error) { return readJWTTemplates(ctx, c, s) })
	},
	Update: updateJWTTemplate,
})

// readJWTTemplates reads the declared types: Stytch has no list of templates.
func readJWTTemplates(ctx context.Context, c *client.Client, s kind.Scope) ([]kind.Live[JWTTemplate], error) {
	found := make([]kind.Live[JWTTemplate], 0, len(s.Keys))
	for _, key := range s.Keys {
		value, err := readJWTTemplate(ctx, c, s, key)
		if err != nil {
			return nil, err
		}
		found = append(found, kind.Live[JWTTemplate]{ID: key, Value: value})
	}
	return found, nil
}

func readJWTTemplate(ctx context.Context, c *client.Client, s kind.Scope, key string) (JWTTemplate, error) {
	t, err := manageObject[jwttemplates.JWTTemplate](ctx, c, environmentPath(s, "/jwt_templates/%s", key), "jwt_template")
	if client.IsNotFound(err) && !lacksEnvironment(err) {
		return JWTTemplate{Type: key, Content: kind.Some(""), Audience: kind.Some("")}, nil
	} else if err != nil {
		return JWTTemplate{}, err
	}
	return JWTTemplate{Type: key, Content: kind.Some(t.TemplateContent), Audience: kind.Some(t.CustomAudience)}, nil
}

// updateJWTTemplate replaces content and audience together, because the PUT
// does: what is not declared is sent as it was read a moment before. The body
// is made by hand because the SDK leaves an empty audience out, which Stytch's
// reference requires.
func updateJWTTemplate(ctx context.Context, c *client.Client, e kind.Edit[JWTTemplate]) error {
	now, err := readJWTTemplate(ctx, c, e.Scope, e.After.Type)
	if err != nil {
		return err
	}
	content := e.After.Content.Or(now.Content.Value)
	if strings.TrimSpace(content) == "" {
		content = "{}"
	}
	return c.Manage(ctx, client.Request{
		Method: http.MethodPut,
		Path:   environmentPath(e.Scope, "/jwt_templates/%s", e.After.Type),
		Body:   map[string]any{"template_content": content, "custom_audience": e.After.Audience.Or(now.Audience.Value)},
	}, nil)
}

func checkJWTTemplate(t JWTTemplate) []kind.Problem {
	problems := claimsTemplate("template_content", t.Content)
	if t.Type != "SESSION" && t.Type != "M2M" {
		problems = append(problems, kind.Problem{
			Message: fmt.Sprintf("there is no JWT template %q", t.Type), Hint: "the key is SESSION or M2M",
		})
	}
	return problems
}

func tidyJWTTemplate(t JWTTemplate) JWTTemplate {
	if t.Content.Value = tidyTemplate(t.Content.Value); t.Content.Value == "" {
		t.Content.Value = "{}"
	}
	return t
}

func jwtTemplateEffects(t kind.Transition[JWTTemplate]) plan.Effects {
	var effects plan.Effects
	if t.Changed["template_content"] {
		effects.Consequences = append(effects.Consequences, "tokens that are minted from now on carry the new claims; those already minted keep theirs")
	}
	if t.Changed["custom_audience"] {
		effects.Consequences = append(effects.Consequences, "services that check the audience (aud) of tokens see the new one from the next token on")
	}
	return effects
}
