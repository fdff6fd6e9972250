# Hooli's people come through its identity provider alone: no just-in-time provisioning by mail, no invitations. The
# break-glass member can still get in when the identity provider is down.
organization "hooli" {
  organization_name      = "Hooli"
  email_invites          = "NOT_ALLOWED"
  email_jit_provisioning = "NOT_ALLOWED"
  sso_jit_provisioning   = "ALL_ALLOWED"
  auth_methods           = "RESTRICTED"
  allowed_auth_methods   = ["sso"]

  # What the identity provider brought is observed, never removed.
  idp_members = "observe"

  member "gavin@hooli.example" {
    roles         = ["stytch_admin"]
    is_breakglass = true
  }

  member "consultant@partners.example" {
    roles = ["billing"]
  }
}
