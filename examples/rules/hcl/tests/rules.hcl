# An organization that anybody gets into, with an administrator whom nobody named.
version = 1

expect {
  single_sign_on = ["organization/open"]
  known_admins   = ["organization/open/member/eve@open.example"]
}

organization "open" {
  organization_name = "Open"

  member "eve@open.example" {
    roles = ["stytch_admin"]
  }
}
