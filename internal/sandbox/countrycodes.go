package sandbox

import (
	"regexp"
	"slices"
)

var countryCodeForm = regexp.MustCompile(`^[A-Z]{2}$`)

func (s *Server) countryCodeRoutes() {
	path := environmentPath + "/allowed_country_codes/{delivery_method}"
	s.handle("GET "+path, read, getCountryCodes)
	s.handle("POST "+path, write, setCountryCodes, "country_codes")
}

// defaultCountryCodes are those of a new environment, in the order that Stytch's SDK tests assert.
func defaultCountryCodes() map[string][]string {
	return map[string][]string{"sms": {"CA", "US"}, "whatsapp": {"CA", "US"}}
}

func getCountryCodes(c *call) (answer, *apiError) {
	codes, err := c.namedCountryCodes()
	if err != nil {
		return nil, err
	}
	return answer{"country_codes": codes}, nil
}

// setCountryCodes replaces an allowlist. Stytch does not say what an empty one does; it is refused.
func setCountryCodes(c *call) (answer, *apiError) {
	if _, err := c.namedCountryCodes(); err != nil {
		return nil, err
	}
	sent, err := fieldOf[[]string](c, "country_codes")
	if err != nil {
		return nil, err
	}
	if len(sent.Value) == 0 {
		return nil, badRequest("invalid_argument", "country_codes must name at least one country.")
	}
	codes := []string{}
	for _, code := range sent.Value {
		if !countryCodeForm.MatchString(code) {
			return nil, badRequest("invalid_argument", "%q is not an ISO 3166-1 alpha-2 country code.", code)
		}
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	if c.server.options.Knobs.CountryCodesSorted {
		slices.Sort(codes)
	}
	c.env.CountryCodes[c.param("delivery_method")] = codes
	c.saveEnvironment(c.env)
	return answer{"country_codes": codes}, nil
}

func (c *call) namedCountryCodes() ([]string, *apiError) {
	method := c.param("delivery_method")
	codes, known := c.env.CountryCodes[method]
	switch {
	case !known:
		return nil, notFound("route_not_found", "The delivery method is sms or whatsapp, not %q.", method)
	case method == "whatsapp" && c.project.Vertical == verticalB2B:
		return nil, badRequest("country_code_allowlist_b2b_whatsapp_not_supported", "B2B projects send no WhatsApp messages.")
	}
	return codes, nil
}
