package sandbox

// What can be taken from a member only through an endpoint of its own.

// change stores a changed copy of a member and answers with it.
func (c *call) change(m *member, o *organization, with func(*member)) (answer, *apiError) {
	changed := *m
	with(&changed)
	changed.UpdatedAt = c.now
	c.putMember(&changed)
	return memberAnswer(m, o), nil
}

// deletePhoneNumber is the only way to clear or replace a number.
func deletePhoneNumber(c *call) (answer, *apiError) {
	m, o, err := c.liveMember()
	switch {
	case err != nil:
		return nil, err
	case m.Status != statusActive:
		return nil, onlyForActive()
	case m.MFAPhoneNumber == "":
		return nil, notFound("member_phone_number_not_found", "The member has no phone number.")
	}
	return c.change(m, o, func(changed *member) {
		changed.MFAPhoneNumber, changed.MFAPhoneVerified = "", false
		if changed.DefaultMFAMethod == smsOTP {
			changed.DefaultMFAMethod = ""
		}
	})
}

func deleteTOTP(c *call) (answer, *apiError) {
	m, o, err := c.liveMember()
	switch {
	case err != nil:
		return nil, err
	case m.TOTPID == "":
		return nil, notFound("totp_not_found", "The member has no TOTP registration.")
	}
	return c.change(m, o, func(changed *member) {
		changed.TOTPID = ""
		if changed.DefaultMFAMethod == totp {
			changed.DefaultMFAMethod = ""
		}
	})
}

// deletePassword finds the member by the password's ID.
func deletePassword(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	id := c.param("member_password_id")
	for _, m := range c.env.index.members {
		if m.OrganizationID == o.OrganizationID && m.PasswordID == id && !m.deleted() {
			return c.change(m, o, func(changed *member) { changed.PasswordID = "" })
		}
	}
	return nil, notFound("member_password_not_found", "The organization has no password %q.", id)
}

// deleteMemberExternalID is the only way to unset one. Where none is set it changes nothing.
func deleteMemberExternalID(c *call) (answer, *apiError) {
	m, o, err := c.liveMember()
	if err != nil {
		return nil, err
	}
	return c.change(m, o, func(changed *member) { changed.ExternalID = "" })
}

// unlinkRetiredEmail frees a retired address, named by its ID, the address, or both.
func unlinkRetiredEmail(c *call) (answer, *apiError) {
	m, o, err := c.liveMember()
	if err != nil {
		return nil, err
	}
	b := bodyReader{call: c}
	id, address := get[string](&b, "email_id").Value, get[string](&b, "email_address").Value
	switch {
	case b.err != nil:
		return nil, b.err
	case id == "" && address == "":
		return nil, badRequest("retired_email_missing_email_identifiers", "Give email_id or email_address.")
	}
	fold := c.server.foldEmail
	var kept []retiredEmail
	for _, old := range m.RetiredEmails {
		if (id == "" || old.EmailID == id) && (address == "" || fold(old.EmailAddress) == fold(address)) {
			continue
		}
		kept = append(kept, old)
	}
	if len(kept) == len(m.RetiredEmails) {
		return nil, notFound("retired_email_not_found", "The member has no such retired address.")
	}
	reply, err := c.change(m, o, func(changed *member) { changed.RetiredEmails = kept })
	reply["organization_id"] = o.OrganizationID
	return reply, err
}
