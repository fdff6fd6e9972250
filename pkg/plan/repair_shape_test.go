package plan

import "testing"

func TestWhatComesBackIsKnownByItsShape(t *testing.T) {
	type list = []any
	type object = map[string]any
	tests := []struct {
		name          string
		attribute     string
		before, after any
		want          bool
	}{
		{"a name that somebody changed", "name", "by hand", "declared", false},
		{"a number that somebody removed", "phone", "", "+15005550006", true},
		{"a value that was never there", "phone", nil, "+15005550006", true},
		{"a value that is taken away", "phone", "+15005550006", "", false},
		{"a value that is cleared", "phone", "+15005550006", nil, false},
		{"what was switched off", "may", false, true, true},
		{"what was switched on", "may", true, false, false},
		{"an element that somebody removed", "types", list{"LOGIN"}, list{"LOGIN", "SIGNUP"}, true},
		{"an element that somebody added", "types", list{"LOGIN", "SIGNUP"}, list{"LOGIN"}, false},
		{"the same in another order", "types", list{"a", "b"}, list{"b", "a"}, false},
		{"an element in place of another", "types", list{"a"}, list{"b"}, true},
		{"a role that somebody removed", "custom_roles.editor", nil, object{"permissions": object{}}, true},
		{"an empty role that somebody removed", "custom_roles.editor", nil, object{}, true},
		{"a permission that somebody took from it", "custom_roles.editor", object{"p": object{}}, object{"p": object{"a": list{"x"}}}, true},
		{"a permission that somebody gave it", "custom_roles.editor", object{"p": object{"a": list{"x", "y"}}}, object{"p": object{"a": list{"x"}}}, false},
		{"a role's description", "custom_roles.editor", object{"description": "by hand"}, object{"description": "declared"}, false},
		{"a key of metadata, switched on", "trusted_metadata.suspended", true, false, true},
		{"a key of metadata, in other words", "trusted_metadata.plan", "frozen", "gold", true},
		{"a key of metadata, a number", "trusted_metadata.seats", 0.0, 10.0, true},
		{"a key of metadata that somebody added", "trusted_metadata.admin", true, nil, false},
		{"a number that somebody changed", "minutes", 5.0, 60.0, false},
		{"a number that somebody removed, as a number", "minutes", nil, 60.0, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := Attribute{Name: test.attribute, Before: test.before, After: test.after}
			if got := a.comesBack(); got != test.want {
				t.Errorf("%v -> %v comes back: %v", test.before, test.after, got)
			}
		})
	}
	if secret := (Attribute{Name: "client_secret", Sensitive: true}); !secret.comesBack() {
		t.Error("a secret may be the one that leaked")
	}
}
