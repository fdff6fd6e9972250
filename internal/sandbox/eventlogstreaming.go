package sandbox

import "encoding/json"

// An eventLogStreaming is where an environment's event log goes. The state keeps its secrets in clear: answers to writes
// show them, as Stytch's do.
type eventLogStreaming struct {
	Type   string            // DATADOG or GRAFANA_LOKI
	Config map[string]string // by the API's names
	Status string
}

// The states of a stream.
const (
	streamActive   = "ACTIVE"
	streamDisabled = "DISABLED"
	streamPending  = "PENDING"
)

// A destination is what one type of destination is told. All of it is needed, in creations and updates alike.
type destination struct {
	name   string // in destination_config
	fields []string
	secret string // the field of which reads show the last four characters
}

var destinations = map[string]destination{
	"DATADOG":      {"datadog", []string{"site", "api_key"}, "api_key"},
	"GRAFANA_LOKI": {"grafana_loki", []string{"hostname", "username", "password"}, "password"},
}

var datadogSites = map[string]bool{"US": true, "US3": true, "US5": true, "EU": true, "AP1": true}

func (s *Server) eventLogStreamingRoutes() {
	path := environmentPath + "/event_log_streaming"
	s.handle("POST "+path, write, createEventLogStreaming, "destination_type", "destination_config")
	path += "/{destination_type}"
	s.handle("GET "+path, read, getEventLogStreaming)
	s.handle("PUT "+path, write, updateEventLogStreaming, "destination_config")
	s.handle("DELETE "+path, write, deleteEventLogStreaming)
	s.handle("POST "+path+"/enable", write, enableEventLogStreaming)
	s.handle("POST "+path+"/disable", write, disableEventLogStreaming)
}

// createEventLogStreaming makes the one destination. Streaming begins when it is enabled.
func createEventLogStreaming(c *call) (answer, *apiError) {
	kind, err := fieldOf[string](c, "destination_type")
	if err != nil {
		return nil, err
	}
	config, err := c.destinationConfig(kind.Value)
	if err != nil {
		return nil, err
	}
	if e := c.streaming(); e != nil {
		return nil, badRequest("duplicate_event_log_streaming_config", "Events are streamed to %s already, and there is one destination.", e.Type)
	}
	c.env.EventLogStreaming = &eventLogStreaming{Type: kind.Value, Config: config, Status: streamDisabled}
	c.saveEnvironment(c.env)
	return answer{"event_log_streaming_config": c.env.EventLogStreaming.view(false)}, nil
}

// streaming is the destination that stands in the way of another.
func (c *call) streaming() *eventLogStreaming {
	if !c.server.options.Knobs.StreamingPerProject {
		return c.env.EventLogStreaming
	}
	for _, e := range c.project.Environments {
		if e.EventLogStreaming != nil {
			return e.EventLogStreaming
		}
	}
	return nil
}

func getEventLogStreaming(c *call) (answer, *apiError) {
	e, err := c.namedStreaming()
	if err != nil {
		return nil, err
	}
	return answer{"event_log_streaming_config": e.view(true)}, nil
}

func updateEventLogStreaming(c *call) (answer, *apiError) {
	e, err := c.namedStreaming()
	if err != nil {
		return nil, err
	}
	config, err := c.destinationConfig(e.Type)
	if err != nil {
		return nil, err
	}
	changed := *e // an answer of an earlier moment may still hold the old one
	changed.Config = config
	if c.server.options.Knobs.StreamingStopsWhenUpdated {
		changed.Status = streamDisabled
	}
	c.env.EventLogStreaming = &changed
	c.saveEnvironment(c.env)
	return answer{"event_log_streaming_config": changed.view(false)}, nil
}

func deleteEventLogStreaming(c *call) (answer, *apiError) {
	if _, err := c.namedStreaming(); err != nil {
		return nil, err
	}
	c.env.EventLogStreaming = nil
	c.saveEnvironment(c.env)
	return answer{}, nil
}

func enableEventLogStreaming(c *call) (answer, *apiError) {
	if c.server.options.Knobs.StreamingPends {
		return c.setStreaming(streamPending)
	}
	return c.setStreaming(streamActive)
}

func disableEventLogStreaming(c *call) (answer, *apiError) { return c.setStreaming(streamDisabled) }

func (c *call) setStreaming(status string) (answer, *apiError) {
	e, err := c.namedStreaming()
	if err != nil {
		return nil, err
	}
	changed := *e
	changed.Status = status
	c.env.EventLogStreaming = &changed
	c.saveEnvironment(c.env)
	return answer{}, nil
}

func (c *call) namedStreaming() (*eventLogStreaming, *apiError) {
	kind := c.param("destination_type")
	if _, known := destinations[kind]; !known {
		return nil, badRequest("invalid_argument", "destination_type is DATADOG or GRAFANA_LOKI, not %q.", kind)
	}
	if e := c.env.EventLogStreaming; e != nil && e.Type == kind {
		return e, nil
	}
	return nil, notFound("event_log_streaming_config_not_found", "Events are not streamed to %s.", kind)
}

// destinationConfig reads destination_config: exactly the object that the type has, with everything in it.
func (c *call) destinationConfig(kind string) (map[string]string, *apiError) {
	d, known := destinations[kind]
	if !known {
		return nil, badRequest("invalid_argument", "destination_type is DATADOG or GRAFANA_LOKI, not %q.", kind)
	}
	sent, err := fieldOf[map[string]json.RawMessage](c, "destination_config")
	if err != nil {
		return nil, err
	}
	var config map[string]string
	if len(sent.Value) != 1 || json.Unmarshal(sent.Value[d.name], &config) != nil || config == nil {
		return nil, badRequest("invalid_argument", "destination_config must hold %s and nothing else.", d.name)
	}
	for _, name := range d.fields {
		if config[name] == "" {
			return nil, badRequest("invalid_argument", "%s.%s is required.", d.name, name)
		}
	}
	if site := config["site"]; d.name == "datadog" && !datadogSites[site] {
		return nil, badRequest("invalid_argument", "Datadog has no site %q.", site)
	}
	return config, nil
}

// view is the stream as answers show it: reads hide the secret but for its end.
func (e *eventLogStreaming) view(masked bool) answer {
	d := destinations[e.Type]
	config := answer{}
	for _, name := range d.fields {
		if name == d.secret && masked {
			config[name+"_last_four"] = lastFour(e.Config[name])
			continue
		}
		config[name] = e.Config[name]
	}
	return answer{"destination_type": e.Type, "destination_config": answer{d.name: config}, "streaming_status": e.Status}
}
