# The quickstart: one organization with two members, a role of its own, and where logins may return to.
# The same state in YAML stands in ../yaml; both give the same plan.
version = 1

project {
  project_slug     = "quickstart"
  environment_slug = "test"
}

variable "app_url" {
  default     = "https://app.acme.example"
  description = "Where the application is served."
}

locals {
  domain = "acme.example"
}

policy {
  protect = ["organization/acme"]
}

redirect_url "https://app.acme.example/authenticate" {
  valid_types = [
    for type in ["LOGIN", "SIGNUP", "INVITE", "RESET_PASSWORD", "DISCOVERY"] : { type = type, is_default = true }
  ]
}

rbac_policy {
  custom_resources = {
    documents = {
      description       = "What the product is about."
      available_actions = ["create", "read", "update", "delete"]
    }
  }
  custom_roles = {
    editor = {
      description = "Writes documents."
      permissions = { documents = ["create", "read", "update"] }
    }
  }
  stytch_admin = {
    permissions = { documents = ["*"] }
  }
}

organization "acme" {
  organization_name      = "Acme, Inc."
  organization_logo_url  = "${var.app_url}/logo.png"
  email_invites          = "RESTRICTED"
  email_jit_provisioning = "RESTRICTED"
  email_allowed_domains  = [local.domain]
  mfa_policy             = "OPTIONAL"
  trusted_metadata = {
    plan  = "team"
    seats = 25
  }

  member "ada@acme.example" {
    roles         = ["stytch_admin"]
    is_breakglass = true
    initial       = { name = "Ada Lovelace" }
  }

  member "grace@acme.example" {
    roles            = ["editor"]
    trusted_metadata = { team = "compilers" }
    initial          = { name = "Grace Hopper" }
  }
}
