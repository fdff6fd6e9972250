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
// webhooks take: what is new, repaired and gone, and how much is still there.
func (f Finding) Message(o Options) ([]byte, error) {
	p := &pile{room: messageRoom}
	say := func(text string) string { return mrkdwn.Replace(text) }
	headline := fmt.Sprintf("*Drift in* %s: %d new, %d still there, %d gone", o.title(f.Plan.Target), len(f.New), len(f.Still), len(f.Gone))
	if len(f.Repaired) > 0 {
		headline += fmt.Sprintf(", %d repaired", len(f.Repaired))
	}
	p.line(say(headline))
	if !f.Plan.Complete {
		p.line(incomplete)
	}
	var news, gone, repaired []string
	for _, d := range riskiest(f.New) {
		news = append(news, say(o.sentence(d)))
	}
	for _, r := range f.Gone {
		gone = append(gone, say(o.name(r.Address, r.Attribute)))
	}
	for _, r := range f.Repaired {
		repaired = append(repaired, say(o.name(r.Address, r.Attribute)))
	}
	p.list("New:", "• ", news)
	p.list("Repaired, and as declared again:", "• ", repaired)
	p.list("Gone:", "• ", gone)
	text := p.String()
	if p.left > 0 {
		text += fmt.Sprintf("and %d more\n", p.left)
	}
	return json.Marshal(map[string]string{"text": text})
}
