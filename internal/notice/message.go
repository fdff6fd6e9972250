package notice

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Slack cuts a text at 40,000 characters; room stays for saying what is left out.
const messageRoom = 38_000

var mrkdwn = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// Message is the JSON body of a notice, in the form that Slack's incoming
// webhooks take: what is new and what is gone, and how much is still there.
func (f Finding) Message(o Options) ([]byte, error) {
	p := &pile{room: messageRoom}
	say := func(text string) string { return mrkdwn.Replace(text) }
	p.line(say(fmt.Sprintf("*Drift in* %s: %d new, %d still there, %d gone", o.title(f.Plan.Target), len(f.New), len(f.Still), len(f.Gone))))
	var news, gone []string
	for _, d := range f.New {
		news = append(news, say(o.sentence(d)))
	}
	for _, r := range f.Gone {
		gone = append(gone, say(o.name(r.Address, r.Attribute)))
	}
	p.list("New:", "• ", news)
	p.list("Gone:", "• ", gone)
	if !f.Plan.Complete {
		p.line("Not everything could be read: there may be more.")
	}
	text := p.String()
	if p.left > 0 {
		text += fmt.Sprintf("and %d more\n", p.left)
	}
	return json.Marshal(map[string]string{"text": text})
}
