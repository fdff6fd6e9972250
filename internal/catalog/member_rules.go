package catalog

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/stytch-reconcile/stytch-reconcile/internal/kind"
)

var (
	localPartForm = regexp.MustCompile(`^[^\s\p{C}@"(),:;<>\[\]\\]{1,64}$`)
	phoneForm     = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`) // E.164
)

// checkMember reports what Stytch would refuse.
func checkMember(m Member) []kind.Problem {
	var problems []kind.Problem
	if m.Email != "" && !isAddress(m.Email) {
		problems = append(problems, kind.Problem{
			Message: fmt.Sprintf("%q is not an e-mail address", m.Email),
			Hint:    "write the bare address, such as ada@acme.example",
		})
	}
	problems = append(problems, checkExternalID("external_id", m.ExternalID)...)
	problems = append(problems, checkMetadata("trusted_metadata", m.Trusted)...)
	problems = append(problems, checkMetadata("untrusted_metadata", m.Untrusted)...)
	for _, role := range m.Roles.Value {
		problems = append(problems, checkRole("roles", role)...)
	}
	if phone := m.Phone.Value; phone != "" && !phoneForm.MatchString(phone) {
		problems = append(problems, kind.Problem{
			Attribute: "mfa_phone_number",
			Message:   fmt.Sprintf("%q is not a phone number in E.164 form", phone),
			Hint:      "write a plus sign, the country code and the number without spaces, such as +14155550123",
		})
	}
	return problems
}

func isAddress(address string) bool {
	at := strings.LastIndexByte(address, '@')
	return at > 0 && localPartForm.MatchString(address[:at]) && isDomain(address[at+1:])
}

// checkMembersTogether judges the declared members of one organization.
func checkMembersTogether(declared []Member) []kind.Problem {
	var problems []kind.Problem
	for i, m := range declared {
		problems = append(problems, checkFactor(i, m)...)
	}
	return problems
}

// checkFactor: a default needs its factor. It judges what is declared and not
// the whole object, because removing a number resets a default that is not
// declared.
func checkFactor(index int, m Member) []kind.Problem {
	if m.DefaultMFA.Value != "sms_otp" || !m.Phone.Set || m.Phone.Value != "" {
		return nil
	}
	return []kind.Problem{{
		Attribute: "default_mfa_method", Index: index,
		Message: "default_mfa_method is sms_otp, and mfa_phone_number is empty",
		Hint:    "give the number, or drop default_mfa_method",
	}}
}
