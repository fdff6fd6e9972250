package sandbox

import (
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Formats of single values. Lengths that Stytch does not publish are our guesses and named so.
const (
	maxNameLength    = 128
	maxLogoURLLength = 2048 // a guess
)

var (
	slugPattern       = regexp.MustCompile(`^[A-Za-z0-9\-._~]{2,128}$`)
	externalIDPattern = regexp.MustCompile(`^[A-Za-z0-9._\-|]{1,128}$`)
	localPartPattern  = regexp.MustCompile("^[^\\s@\"(),:;<>\\[\\]\\\\]{1,64}$")
	phonePattern      = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
)

// checkOrganizationName allows 1 to 128 characters.
func checkOrganizationName(name string) *apiError {
	switch length := utf8.RuneCountInString(name); {
	case strings.TrimSpace(name) == "":
		return badRequest("organization_name_missing", "The organization needs a name.")
	case length > maxNameLength:
		return badRequest("invalid_organization_name", "The organization's name may have at most %d characters, not %d.",
			maxNameLength, length)
	}
	return nil
}

// checkSlug allows 2 to 128 of letters, digits and -._~ with at least one letter or digit.
func checkSlug(slug string) *apiError {
	if !slugPattern.MatchString(slug) || strings.Trim(slug, "-._~") == "" {
		return badRequest("invalid_organization_slug",
			"The organization_slug must be 2 to 128 characters of letters, digits and -._~ with at least one letter or digit.")
	}
	return nil
}

func checkLogoURL(logo string) *apiError {
	if logo == "" {
		return nil
	}
	if len(logo) > maxLogoURLLength {
		return badRequest("organization_logo_url_too_long", "The organization_logo_url may have at most %d characters.", maxLogoURLLength)
	}
	if u, err := url.Parse(logo); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return badRequest("invalid_url", "The organization_logo_url is not a valid URL.")
	}
	return nil
}

// isExternalID allows 1 to 128 of letters, digits and ._-| (Stytch's SDK comment). Clearing one has its own endpoint, so
// the empty string is not an external id.
func isExternalID(id string) bool { return externalIDPattern.MatchString(id) }

func checkEmail(address string) *apiError {
	at := strings.LastIndexByte(address, '@')
	if at < 1 || !localPartPattern.MatchString(address[:at]) || !isDomain(domainOf(address)) {
		return badRequest("invalid_email", "%q is not a valid email address.", address)
	}
	return nil
}

// checkPhone wants E.164: a plus sign, then 7 to 15 digits.
func checkPhone(number string) *apiError {
	if !phonePattern.MatchString(number) {
		return badRequest("invalid_phone_number", "%q is not a phone number in E.164 format.", number)
	}
	return nil
}

// slugFrom makes a slug out of a name, for a creation that names none. Stytch does not document how it does this.
func slugFrom(name string) string {
	var slug strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			slug.WriteRune(r)
		case slug.Len() > 0 && !strings.HasSuffix(slug.String(), "-"):
			slug.WriteByte('-')
		}
	}
	text := strings.Trim(slug.String(), "-")
	if len(text) < 2 {
		return "organization"
	}
	return text[:min(len(text), 100)]
}
