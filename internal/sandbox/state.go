package sandbox

import "time"

// schemaVersion is raised when the form of the kept state changes. A sandbox refuses state of a higher version.
const schemaVersion = 1

// A state is everything that the sandbox remembers. Its parts are kept on disk one record each (see record.go), so a
// field that holds other records is not encoded with its owner.
type state struct {
	Workspace workspace
	Projects  map[string]*project // by slug

	byProjectID map[string]*environment
}

// A workspace has one key for the management API. The secret is kept in clear: it opens nothing but this sandbox.
type workspace struct {
	KeyID     string
	KeySecret string
}

// A project is a set of environments of one vertical.
type project struct {
	Slug         string
	Name         string
	Vertical     string // "B2B", "CONSUMER" or "ALL"
	CreatedAt    time.Time
	Environments map[string]*environment `json:"-"` // by slug; kept as records of their own

	EmailTemplates        map[string]*emailTemplate `json:",omitempty"` // by template_id
	DefaultEmailTemplates map[string]string         `json:",omitempty"` // by type of mail: a template_id
}

// An environment is the unit of credentials and data: its project ID is the user name of the B2B API.
type environment struct {
	Slug            string
	ProjectSlug     string
	ProjectID       string // "project-test-<uuid>" or "project-live-<uuid>"
	Type            string // "LIVE" or "TEST"
	Name            string
	OAuthCallbackID string
	CreatedAt       time.Time

	Settings             environmentSettings
	PublicTokens         []publicToken
	Secrets              []secret
	RedirectURLs         []redirectURL
	JWTTemplates         map[string]jwtTemplate // by type: SESSION, M2M
	PasswordStrength     passwordStrength
	CountryCodes         map[string][]string // by delivery method: sms, whatsapp
	RBAC                 rbacPolicy
	TrustedTokenProfiles []trustedTokenProfile
	SDKConfig            *b2bSDKConfig      `json:",omitempty"`
	M2MClients           []m2mClient        `json:",omitempty"`
	ConnectedApps        []connectedApp     `json:",omitempty"`
	FraudRules           []fraudRule        `json:",omitempty"`
	EventLogStreaming    *eventLogStreaming `json:",omitempty"`
	ClientSequence       uint64             `json:",omitempty"` // of the last M2M client or Connected App
	SigningKey           []byte             `json:",omitempty"` // PKCS #8 RSA key behind the JWKS; made when first asked for
	DeletedSlugs         []string           `json:",omitempty"` // of deleted organizations, where Knobs.DeletedSlugsHeld

	Organizations map[string]*organization `json:"-"` // by ID, live ones only; kept as records of their own
	Members       map[string]*member       `json:"-"` // by ID, deleted ones included; kept as records of their own
	index         environmentIndex         // rebuilt by loaded, never kept
}

func newState() *state {
	return &state{Projects: map[string]*project{}, byProjectID: map[string]*environment{}}
}

// addEnvironment puts an environment into its project and makes it known by its project ID.
func (st *state) addEnvironment(p *project, e *environment) {
	if e.Organizations == nil {
		e.Organizations = map[string]*organization{}
	}
	if e.Members == nil {
		e.Members = map[string]*member{}
	}
	p.Environments[e.Slug] = e
	st.byProjectID[e.ProjectID] = e
	e.loaded()
}

// removeEnvironment takes an environment with all its data out of its project.
func (st *state) removeEnvironment(p *project, e *environment) {
	delete(p.Environments, e.Slug)
	delete(st.byProjectID, e.ProjectID)
}

// live says whether the environment serves real people: LIVE ones carry "-live-" in their IDs, others "-test-".
func (e *environment) live() bool { return e.Type == typeLive }
