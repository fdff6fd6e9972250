# Rules of the house: what every plan of this project must keep, whoever writes it. Their tests are in the directory tests;
# `stytch-reconcile test examples/rules/hcl` runs them, offline. The same as ../yaml in the other syntax.
version = 1

project {
  project_slug     = "rules"
  environment_slug = "test"
}

variable "admins" {
  type        = set(string)
  description = "Who may be stytch_admin, in whichever organization."
  default     = ["ada@acme.example", "grace@globex.example"]
}

policy {
  rules = {
    # No organization without single sign-on: it must be a way in, and the only one but for what is listed beside it.
    single_sign_on = {
      subject   = "organization"
      condition = self.auth_methods == "RESTRICTED" && contains(self.allowed_auth_methods, "sso")
      message   = "${self.key} lets people in without single sign-on"
    }
    # Nobody but these may be stytch_admin.
    known_admins = {
      subject   = "member"
      when      = contains(self.roles, "stytch_admin")
      condition = contains(var.admins, self.key)
      message   = "${self.key} would be stytch_admin of ${self.organization} and is not among var.admins"
    }
    # Whatever cannot be brought back is done in a change of its own.
    one_way_alone = {
      subject   = "plan"
      when      = contains(flatten([for c in plan.changes : [for r in c.risks : r.class]]), "irreversible")
      condition = length(plan.changes) == 1
      message   = "something irreversible would be done among ${length(plan.changes)} changes"
    }
    # A large plan is read twice.
    few_at_once = {
      subject   = "plan"
      condition = plan.summary.create + plan.summary.update + plan.summary.delete + plan.summary.restore <= 50
      message   = "${length(plan.changes)} changes at once"
      severity  = "warning"
    }
  }
}

organization "acme" {
  organization_name    = "Acme, Inc."
  auth_methods         = "RESTRICTED"
  allowed_auth_methods = ["sso"]

  member "ada@acme.example" {
    roles         = ["stytch_admin"]
    is_breakglass = true
  }

  member "bob@acme.example" {}
}

organization "globex" {
  organization_name    = "Globex"
  auth_methods         = "RESTRICTED"
  allowed_auth_methods = ["sso", "magic_link"]

  member "grace@globex.example" {
    roles = ["stytch_admin"]
  }
}
