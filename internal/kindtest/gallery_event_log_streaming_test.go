package kindtest

const streamed = "event_log_streaming:\n  DATADOG: {site: US, api_key: '${env(\"DATADOG\")}', enabled: true}\n"

var _ = exhibit(
	"event_log_streaming",
	picture{name: "events go to Datadog", after: streamed},
	picture{
		name:   "another site, for which the API key is sent again",
		before: streamed,
		after:  "event_log_streaming:\n  DATADOG: {site: EU, api_key: '${env(\"DATADOG\")}', enabled: true}\n",
	},
	picture{
		name:   "streaming is switched off",
		before: streamed,
		after:  "event_log_streaming:\n  DATADOG: {enabled: false}\n",
	},
	picture{
		name:   "the destination is removed, so that another can take its place",
		before: streamed,
		after:  "event_log_streaming:\n  DATADOG: {absent: true}\n",
		allow:  []string{"delete_percent=100"},
	},
	picture{
		name:  "events go to Grafana Loki",
		after: "event_log_streaming:\n  GRAFANA_LOKI: {hostname: logs.example, username: stytch, password: '${env(\"GIVEN\")}', enabled: true}\n",
	},
)
