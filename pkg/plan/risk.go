package plan

import "slices"

// A Risk is a named class of harm and the reason why this change has it.
type Risk struct {
	Class  string `json:"class"`
	Reason string `json:"reason"`
}

// The classes of risk. See docs/risks.md.
const (
	AccessRemoved          = "access-removed"
	AccessWidened          = "access-widened"
	AuthenticationWeakened = "authentication-weakened"
	LockOut                = "lock-out"
	SessionsRevoked        = "sessions-revoked"
	PasswordCleared        = "password-cleared"
	SecretIssued           = "secret-issued"
	ProjectWide            = "project-wide"
	Irreversible           = "irreversible"
)

// A RiskClass is one class of risk and what it says, in a sentence.
type RiskClass struct {
	ID       string
	Sentence string
}

// Page is where the class is documented, in the program's own pages.
func (c RiskClass) Page() string { return "docs/risks.md#" + c.ID }

// riskClasses is the registry, the worst first. Access that is gained stands next
// to access that is lost: nobody notices it by themselves.
var riskClasses = []RiskClass{
	{LockOut, "Somebody may not get in, or nobody may manage any more."},
	{AccessRemoved, "A person or a client loses something they could do."},
	{AccessWidened, "A person or a client can do more, or more people can come in."},
	{AuthenticationWeakened, "Logging in needs less."},
	{PasswordCleared, "A password stops working."},
	{SessionsRevoked, "People are logged out."},
	{Irreversible, "Stytch offers no way back."},
	{ProjectWide, "What is written here acts in every environment of the project."},
	{SecretIssued, "Stytch makes up a secret and shows it once."},
}

// RiskClasses lists the classes of risk, the worst first.
func RiskClasses() []RiskClass { return slices.Clone(riskClasses) }

// Severity is the place of a class among the classes, 0 for the worst. A class
// that this version does not know, of a plan that a newer one saved, comes after
// all that it knows: it is still a risk.
func Severity(class string) int {
	if i := slices.IndexFunc(riskClasses, func(c RiskClass) bool { return c.ID == class }); i >= 0 {
		return i
	}
	return len(riskClasses)
}

// WorstRisk is the worst of a change's risks, the first of several of its class.
// It reports false of a change that has none.
func (c *Change) WorstRisk() (Risk, bool) {
	if len(c.Risks) == 0 {
		return Risk{}, false
	}
	return slices.MinFunc(c.Risks, func(a, b Risk) int { return Severity(a.Class) - Severity(b.Class) }), true
}
