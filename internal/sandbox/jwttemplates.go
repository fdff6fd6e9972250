package sandbox

// A jwtTemplate adds claims to session or M2M tokens. The content is kept byte for byte; Stytch does not say whether it
// checks the template's syntax, so the sandbox does not.
type jwtTemplate struct {
	CustomAudience  string `json:"custom_audience"`
	JWTTemplateType string `json:"jwt_template_type"`
	TemplateContent string `json:"template_content"`
}

func (s *Server) jwtTemplateRoutes() {
	path := environmentPath + "/jwt_templates/{jwt_template_type}"
	s.handle("GET "+path, read, getJWTTemplate)
	s.handle("PUT "+path, write, setJWTTemplate, "template_content", "custom_audience")
}

// defaultJWTTemplates are those of a new environment, the same to which Stytch's Terraform provider resets.
func defaultJWTTemplates() map[string]jwtTemplate {
	templates := map[string]jwtTemplate{}
	for _, kind := range []string{"SESSION", "M2M"} {
		templates[kind] = jwtTemplate{JWTTemplateType: kind, TemplateContent: "{}"}
	}
	return templates
}

func getJWTTemplate(c *call) (answer, *apiError) {
	template, err := c.namedJWTTemplate()
	if err != nil {
		return nil, err
	}
	return answer{"jwt_template": template}, nil
}

// setJWTTemplate replaces a template. An omitted audience clears it: the SDK cannot send an empty one.
func setJWTTemplate(c *call) (answer, *apiError) {
	template, err := c.namedJWTTemplate()
	if err != nil {
		return nil, err
	}
	b := bodyReader{call: c}
	content, audience := get[string](&b, "template_content"), get[string](&b, "custom_audience")
	if b.err != nil {
		return nil, b.err
	}
	if content.Value == "" {
		return nil, badRequest("invalid_argument", "template_content is required.")
	}
	template.TemplateContent, template.CustomAudience = content.Value, audience.Value
	c.env.JWTTemplates[template.JWTTemplateType] = template
	c.saveEnvironment(c.env)
	return answer{"jwt_template": template}, nil
}

func (c *call) namedJWTTemplate() (jwtTemplate, *apiError) {
	template, known := c.env.JWTTemplates[c.param("jwt_template_type")]
	if !known {
		return jwtTemplate{}, badRequest("invalid_argument", "The type of a JWT template is SESSION or M2M, not %q.", c.param("jwt_template_type"))
	}
	return template, nil
}
