package sandbox

// attest exchanges a JWT that a trusted token profile trusts for a member's session. It judges in this order, and changes
// nothing before all of it is in order:
//
//	the profile        exists, and the keys that sign for it can be had (attest_keys.go)
//	the token          is signed by one of them, and issuer, audience and times are right (attest_token.go)
//	its claims         say who somebody is, through attribute_mapping (attest_claims.go)
//	the organization   and the member exist, or may be made (attest_member.go)
//	the session        is new, or the member's own (sessions.go)
//
// Stytch lists the error types, not what each is for; where its documentation is silent, a comment says what was guessed.
// A guess refuses rather than accepts: what works here should work there.
func attest(c *call) (answer, *apiError) {
	b := bodyReader{call: c}
	profileID, token := get[string](&b, "profile_id").Value, get[string](&b, "token").Value
	organizationID, wish := get[string](&b, "organization_id").Value, readSessionWish(&b)
	switch {
	case b.err != nil:
		return nil, b.err
	case profileID == "" || token == "":
		return nil, badRequest("invalid_argument", "profile_id and token are required.")
	}
	profile, err := c.env.profile(profileID)
	if err != nil {
		return nil, err
	}
	claims, err := c.verified(profile, token)
	if err != nil {
		return nil, err
	}
	who, err := profile.identify(claims)
	if err != nil {
		return nil, err
	}
	if c.server.data.sessions.came(who.key(profile), c.now) && c.server.options.Knobs.TokensOnce {
		return nil, invalidToken("its token_id came before")
	}
	o, err := c.attestedOrganization(profile, who, organizationID)
	if err != nil {
		return nil, err
	}
	m, err := c.attestedMember(profile, who, o)
	if err != nil {
		return nil, err
	}
	reply, err := c.openSession(o, m, wish, trustedTokenFactor(who.TokenID, c.now))
	if err == nil {
		c.server.data.sessions.note(who.key(profile), who.Expires)
	}
	return reply, err
}
