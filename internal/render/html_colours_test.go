package render

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What a reader must be able to tell from what it stands on: 4.5 for text, 3 for
// the edges of controls (WCAG 2.2, AA).
var contrasts = []struct {
	front, back string
	least       float64
}{
	{"text", "page", 4.5},
	{"text", "card", 4.5},
	{"text", "danger-soft", 4.5},
	{"text", "caution-soft", 4.5},
	{"muted", "page", 4.5},
	{"muted", "card", 4.5},
	{"muted", "caution-soft", 4.5},
	{"accent", "page", 4.5},
	{"accent", "card", 3},
	{"on-accent", "accent", 4.5},
	{"on-danger", "danger", 4.5},
	{"danger", "page", 4.5},
	{"danger", "card", 4.5},
	{"danger", "danger-soft", 4.5},
	{"danger", "caution-soft", 4.5},
	{"caution", "caution-soft", 4.5},
	{"create", "card", 4.5},
	{"create", "create-soft", 4.5},
	{"create", "caution-soft", 4.5},
	{"restore", "restore-soft", 4.5},
	{"control", "page", 3},
	{"control", "card", 3},
}

func TestColoursCanBeToldApartInBothThemes(t *testing.T) {
	themes := map[string][2]string{}
	for _, m := range regexp.MustCompile(`(?m)^  --([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);`).FindAllStringSubmatch(reportStyle, -1) {
		themes[m[1]] = [2]string{m[2], m[3]}
	}
	used := map[string]bool{"line": true} // a line that means nothing
	for _, c := range contrasts {
		used[c.front], used[c.back] = true, true
		for i, theme := range []string{"light", "dark"} {
			if got := contrast(t, themes[c.front][i], themes[c.back][i]); got < c.least {
				t.Errorf("%s on %s has a contrast of %.2f in the %s theme, want %.1f", c.front, c.back, got, theme, c.least)
			}
		}
	}
	for name := range themes {
		if !used[name] {
			t.Errorf("nobody looked whether --%s can be told apart", name)
		}
	}
	body := reportStyle[strings.Index(reportStyle, "* { box-sizing"):]
	if bare := regexp.MustCompile(`#[0-9a-f]{3,8}\b`).FindString(strings.Split(body, "@media (prefers-contrast")[0]); bare != "" {
		t.Errorf("the colour %s is of no theme", bare)
	}
}

// contrast is that of WCAG between two colours.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	light := func(colour string) float64 {
		total := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			c := float64(n) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			total += weight * c
		}
		return total
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}
