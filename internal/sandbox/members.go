package sandbox

// The life of a member:
//
//	          create                     create_member_as_pending
//	            |                               |
//	            v      first login              v       invite
//	         active <------------------- pending ------> invited
//	            |  ^                        |              |
//	     delete |  | reactivate             |    delete    |
//	            v  |                        v              v
//	         deleted <-----------------------------------------
//
// Nobody logs in to a sandbox, so pending and invited members leave those statuses by deletion, or by hooks in tests.

func memberAnswer(m *member, o *organization) answer {
	return answer{"member_id": m.MemberID, "member": m.view(&o.organizationView), "organization": o.organizationView}
}

// createMember makes a new record even where a deleted member had the address.
func createMember(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	if isAbsent(c.body["email_address"]) {
		return nil, badRequest("invalid_email", "The member needs an email_address.")
	}
	m := newMember(c, o)
	for _, f := range memberFields {
		if f.updateOnly {
			continue
		}
		if err := f.read(c, o, f.name, m); err != nil {
			return nil, err
		}
	}
	var pending bool
	if err := assign(c, "create_member_as_pending", &pending); err != nil {
		return nil, err
	}
	if pending {
		m.Status = statusPending
	}
	c.putMember(m)
	return memberAnswer(m, o), nil
}

func newMember(c *call, o *organization) *member {
	return &member{memberRecord: memberRecord{
		MemberID: c.env.newID("member"), OrganizationID: o.OrganizationID, Status: statusActive,
		TrustedMetadata: metadata{}, UntrustedMetadata: metadata{}, CreatedAt: c.now, UpdatedAt: c.now,
	}}
}

// getMember answers for exactly one of member_id (or external ID) and email_address.
func getMember(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	id, address := c.query.Get("member_id"), c.query.Get("email_address")
	var m *member
	switch {
	case (id == "") == (address == ""):
		return nil, badRequest("invalid_member_get_fields", "Give either member_id or email_address.")
	case id != "":
		m = c.env.memberOf(o, id)
	default:
		m, _ = c.holder(o, address)
	}
	if m == nil || (m.deleted() && !c.server.options.Knobs.DeletedMembersReadable) {
		return nil, memberNotFound(id + address)
	}
	return memberAnswer(m, o), nil
}

// dangerouslyGetMember finds a member in any organization, and a deleted one when asked for.
func dangerouslyGetMember(c *call) (answer, *apiError) {
	m := c.env.Members[c.param("member_id")]
	if m == nil || (m.deleted() && c.query.Get("include_deleted") != "true") {
		return nil, notFound("member_not_found", "There is no member %q.", c.param("member_id"))
	}
	return memberAnswer(m, c.env.Organizations[m.OrganizationID]), nil
}

// updateMember changes what the body names.
func updateMember(c *call) (answer, *apiError) {
	m, o, err := c.liveMember()
	if err != nil {
		return nil, err
	}
	changed := *m
	for _, f := range memberFields {
		if err := f.read(c, o, f.name, &changed); err != nil {
			return nil, err
		}
	}
	changed.UpdatedAt = c.now
	c.putMember(&changed)
	return memberAnswer(m, o), nil
}

// deleteMember keeps the record but destroys what logs the member in, and the explicit roles. Stytch does not say what
// becomes of name, metadata and external_id; they stay.
func deleteMember(c *call) (answer, *apiError) {
	m, _, err := c.liveMember()
	if err != nil {
		return nil, err
	}
	changed := *m
	changed.Status, changed.UpdatedAt = statusDeleted, c.now
	changed.MFAPhoneNumber, changed.MFAPhoneVerified, changed.DefaultMFAMethod = "", false, ""
	changed.TOTPID, changed.PasswordID = "", ""
	changed.Roles, changed.ProvidedRoles = nil, nil
	changed.SSORegistrations, changed.SCIMRegistration = nil, nil
	c.putMember(&changed)
	return answer{"member_id": m.MemberID}, nil
}

// reactivateMember brings a deleted member back as active, under its real ID only, when its address is verified and
// nobody took it meanwhile. An external_id that somebody took is lost.
func reactivateMember(c *call) (answer, *apiError) {
	o, err := c.organization()
	if err != nil {
		return nil, err
	}
	m := c.env.Members[c.param("member_id")]
	switch {
	case m == nil || m.OrganizationID != o.OrganizationID:
		return nil, memberNotFound(c.param("member_id"))
	case !m.deleted():
		return nil, badRequest("no_deleted_member_found_for_reactivation", "The member is not deleted.")
	case !m.EmailVerified:
		return nil, badRequest("email_unverified_for_reactivation", "The member has no verified email address; create a new member instead.")
	}
	if current, former := c.holder(o, m.EmailAddress); current != nil || former != nil {
		return nil, badRequest("reactivation_email_belongs_to_another_member", "The address %q belongs to another member now.", m.EmailAddress)
	}
	if err := c.checkAddress(o, m, m.EmailAddress); err != nil {
		return nil, err
	}
	changed := *m
	changed.Status, changed.UpdatedAt = statusActive, c.now
	if c.env.index.rosters[o.OrganizationID].externalIDs[m.ExternalID] != nil {
		changed.ExternalID = ""
	}
	changed.RetiredEmails = c.freeAddresses(o, m.RetiredEmails)
	c.putMember(&changed)
	return memberAnswer(m, o), nil
}

// freeAddresses keeps the retired addresses that nobody took while their member was deleted.
func (c *call) freeAddresses(o *organization, retired []retiredEmail) []retiredEmail {
	var free []retiredEmail
	for _, old := range retired {
		if current, former := c.holder(o, old.EmailAddress); current == nil && former == nil {
			free = append(free, old)
		}
	}
	return free
}

// memberConnectedApps is always empty: nobody has connected an app to a sandbox.
func memberConnectedApps(c *call) (answer, *apiError) {
	if _, _, err := c.liveMember(); err != nil {
		return nil, err
	}
	return answer{"connected_apps": []any{}}, nil
}
