package sandbox

// prebuiltType is the type of mail whose default cannot be unset.
const prebuiltType = "PREBUILT"

func (s *Server) defaultEmailTemplateRoutes() {
	path := projectPath + "/default_email_templates/{email_template_type}"
	s.handle("POST "+path, write, setDefaultEmailTemplate, "template_id")
	s.handle("GET "+path, read, getDefaultEmailTemplate)
	s.handle("DELETE "+path, write, unsetDefaultEmailTemplate)
}

// setDefaultEmailTemplate makes a template the default of a type of mail. A prebuilt one does for PREBUILT, one with
// custom HTML for its own type.
func setDefaultEmailTemplate(c *call) (answer, *apiError) {
	kind, err := c.emailType()
	if err != nil {
		return nil, err
	}
	id, err := fieldOf[string](c, "template_id")
	if err != nil {
		return nil, err
	}
	t := c.project.EmailTemplates[id.Value]
	switch {
	case t == nil:
		return nil, notFound("email_template_not_found", "There is no email template %q.", id.Value)
	case kind == prebuiltType && t.PrebuiltCustomization == nil, kind != prebuiltType && (t.CustomHTMLCustomization == nil || t.CustomHTMLCustomization.TemplateType != kind):
		return nil, badRequest("invalid_argument", "The template %q is not for %s.", id.Value, kind)
	}
	if c.project.DefaultEmailTemplates == nil {
		c.project.DefaultEmailTemplates = map[string]string{}
	}
	c.project.DefaultEmailTemplates[kind] = id.Value
	c.saveProject(c.project)
	return answer{}, nil
}

func getDefaultEmailTemplate(c *call) (answer, *apiError) {
	kind, err := c.emailType()
	if err != nil {
		return nil, err
	}
	id, set := c.project.DefaultEmailTemplates[kind]
	if !set {
		return nil, notFound("default_email_template_not_found", "There is no default template for %s.", kind)
	}
	return answer{"template_id": id}, nil
}

// unsetDefaultEmailTemplate succeeds where there is none, as Stytch's SDK tests show.
func unsetDefaultEmailTemplate(c *call) (answer, *apiError) {
	kind, err := c.emailType()
	switch {
	case err != nil:
		return nil, err
	case kind == prebuiltType:
		return nil, badRequest("invalid_argument", "The default for PREBUILT cannot be unset.")
	}
	delete(c.project.DefaultEmailTemplates, kind)
	c.saveProject(c.project)
	return answer{}, nil
}

func (c *call) emailType() (string, *apiError) {
	kind := c.param("email_template_type")
	if _, known := emailPlaceholders[kind]; !known && kind != prebuiltType {
		return "", badRequest("invalid_argument", "There is no type of mail called %q.", kind)
	}
	return kind, nil
}
