package sandbox

// A memberField reads one key of a create or update body into a member. The table's order is the order of judgement;
// a factor comes before the default that needs it.
type memberField struct {
	name       string
	updateOnly bool
	read       func(c *call, o *organization, name string, m *member) *apiError
}

var memberFields = []memberField{
	{name: "email_address", read: readEmail},
	{name: "external_id", read: readMemberExternalID},
	{name: "name", read: func(c *call, _ *organization, name string, m *member) *apiError {
		return assign(c, name, &m.Name)
	}},
	{name: "trusted_metadata", read: func(c *call, _ *organization, name string, m *member) (err *apiError) {
		m.TrustedMetadata, err = m.TrustedMetadata.merged(c.body[name])
		return err
	}},
	{name: "untrusted_metadata", read: func(c *call, _ *organization, name string, m *member) (err *apiError) {
		m.UntrustedMetadata, err = m.UntrustedMetadata.merged(c.body[name])
		return err
	}},
	{name: "is_breakglass", read: func(c *call, _ *organization, name string, m *member) *apiError {
		return assign(c, name, &m.IsBreakglass)
	}},
	{name: "mfa_enrolled", read: func(c *call, _ *organization, name string, m *member) *apiError {
		return assign(c, name, &m.MFAEnrolled)
	}},
	{name: "mfa_phone_number", read: readPhoneNumber},
	{name: "default_mfa_method", updateOnly: true, read: readDefaultMFAMethod},
	{name: "roles", read: readRoles},
}

// memberKeys are the body keys that Stytch documents for creating or updating a member.
func memberKeys(update bool) []string {
	if update {
		keys := []string{"unlink_email", "preserve_existing_sessions"}
		for _, f := range memberFields {
			keys = append(keys, f.name)
		}
		return keys
	}
	keys := []string{"create_member_as_pending"}
	for _, f := range memberFields {
		if !f.updateOnly {
			keys = append(keys, f.name)
		}
	}
	return keys
}

// assign sets target where the body has the key with a value that is not null.
func assign[T any](c *call, name string, target *T) *apiError {
	value, found, err := sent[T](c, name)
	if found && err == nil {
		*target = value
	}
	return err
}

// readEmail is an address of a new member, or a change of address. A change takes effect at once, whoever sends it: the
// password is cleared, the new address is unverified, and the old one is retired unless unlink_email asks to forget it.
// The same address in another spelling is only respelled.
func readEmail(c *call, o *organization, name string, m *member) *apiError {
	address, found, err := sent[string](c, name)
	if err != nil || !found {
		return err
	}
	var unlink bool
	if err := assign(c, "unlink_email", &unlink); err != nil {
		return err
	}
	if address == m.EmailAddress {
		return nil
	}
	if err := c.checkAddress(o, m, address); err != nil {
		return err
	}
	fold := c.server.foldEmail
	if fold(m.EmailAddress) == fold(address) {
		m.EmailAddress = address
		return nil
	}
	former := retiredEmail{m.EmailID, m.EmailAddress}
	m.EmailID, m.EmailAddress, m.EmailVerified, m.PasswordID = c.env.newID("email"), address, false, ""
	kept := make([]retiredEmail, 0, len(m.RetiredEmails)+1)
	for _, old := range m.RetiredEmails {
		if fold(old.EmailAddress) == fold(address) {
			m.EmailID = old.EmailID // the member switches back
		} else {
			kept = append(kept, old)
		}
	}
	if former.EmailAddress != "" && !unlink {
		kept = append(kept, former)
	}
	m.RetiredEmails = kept
	return nil
}

func readMemberExternalID(c *call, o *organization, name string, m *member) *apiError {
	id, found, err := sent[string](c, name)
	if err != nil || !found {
		return err
	}
	if err := c.checkExternalID(o, m, id); err != nil {
		return err
	}
	m.ExternalID = id
	return nil
}

// readPhoneNumber sets a first number. That "" changes nothing, because only the DELETE endpoint clears, is a guess.
func readPhoneNumber(c *call, o *organization, name string, m *member) *apiError {
	number, found, err := sent[string](c, name)
	if err != nil || !found || number == "" {
		return err
	}
	if c.env.Members[m.MemberID] != nil && m.Status != statusActive {
		return onlyForActive()
	}
	if err := c.checkPhoneNumber(o, m, number); err != nil {
		return err
	}
	m.MFAPhoneNumber, m.MFAPhoneVerified = number, false
	return nil
}

func onlyForActive() *apiError {
	return badRequest("action_available_only_for_active_members", "This is possible for active members only.")
}

// readDefaultMFAMethod wants a factor that the member has. That "" means "none" is a guess.
func readDefaultMFAMethod(c *call, _ *organization, name string, m *member) *apiError {
	method, found, err := sent[string](c, name)
	if err != nil || !found {
		return err
	}
	switch {
	case method != "" && method != smsOTP && method != totp:
		return badRequest("invalid_mfa_default_method", "default_mfa_method must be sms_otp or totp, not %q.", method)
	case method == smsOTP && m.MFAPhoneNumber == "", method == totp && m.TOTPID == "":
		return badRequest("default_mfa_member_missing_factor", "The member has no %s factor.", method)
	}
	m.DefaultMFAMethod = method
	return nil
}

// readRoles replaces the whole set of explicit roles.
func readRoles(c *call, o *organization, name string, m *member) *apiError {
	roles, found, err := sent[[]string](c, name)
	if err != nil || !found {
		return err
	}
	for _, role := range roles {
		if err := checkAssignable(c.env, o, role); err != nil {
			return err
		}
	}
	m.Roles = withoutRepeats(roles)
	return nil
}
