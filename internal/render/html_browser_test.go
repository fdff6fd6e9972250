package render

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stytch-reconcile/stytch-reconcile/pkg/plan"
)

const (
	shownRows = `Array.from(document.querySelectorAll("article"), (a) => a.checkVisibility() ? a.querySelector("code").textContent : "").filter(Boolean).join(" ")`
	focused   = `document.activeElement.id || document.activeElement.tagName`
	status    = `document.querySelector("#shown").textContent`
	colour    = `getComputedStyle(document.body).backgroundColor`
	openOnes  = `Array.from(document.querySelectorAll("details"), (d) => d.open ? "open" : "folded").join(" ")`
)

// What a reader can do with a page, in a real browser, where one is installed.
func TestInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole run has a browser")
	}
	b := startBrowser(t)
	for _, test := range []struct {
		name  string
		check func(*testing.T, *browser)
	}{
		{"a search shows what matches, and Escape all", searching},
		{"filters narrow, and a class of risk leads to its changes", filtering},
		{"sections fold and unfold by keyboard, and a filter gives back what was folded", folding},
		{"the theme is the system's until it is chosen", theming},
		{"without scripts everything is there, unfolded", withoutScripts},
		{"paper shows everything", printing},
		{"5,000 changes are searched touching only what differs", searchingLarge},
		{"live text runs no script and asks for nothing", visitingHostile},
		{"a report is filtered by result", filteringReport},
		{"nothing to change", visitingNothing},
	} {
		t.Run(test.name, func(t *testing.T) { test.check(t, b) })
	}
}

func searching(t *testing.T, b *browser) {
	page := b.open(t, planHTML(t, busyPlan()), true)
	want(page, "at first", status, "All 6 changes shown")
	page.press("/")
	want(page, "what / focuses", focused, "search")
	page.write("BACK@acme widened")
	want(page, "what is shown", shownRows, "organization/acme/member/back@acme.example")
	want(page, "the count", status, "1 of 6 changes shown")
	want(page, "it is told as it changes", `document.querySelector("#shown").getAttribute("aria-live")`, "polite")
	page.press("/")
	want(page, "a slash in the search is a slash", `document.querySelector("#search").value`, "BACK@acme widened/")
	page.press("Escape")
	want(page, "after Escape", status, "All 6 changes shown")
	want(page, "the search", `document.querySelector("#search").value`, "")
	for query, found := range map[string]string{
		"acme.yaml:40": "organization/beta", "template_content": "jwt_template/SESSION", "irreversible": "organization/beta", "nothing has this": "",
		"jwt SESSION": "jwt_template/SESSION",
	} {
		page.write(query)
		want(page, query, shownRows, found)
		page.press("Escape")
	}
	page.quiet()
}

func filtering(t *testing.T, b *browser) {
	page := b.open(t, planHTML(t, basedPlan()), true)
	page.click(`[data-name=action][data-value=update]`)
	want(page, "updates", status, "2 of 4 changes shown")
	page.click(`[data-name=action][data-value=create]`)
	want(page, "updates and creations", status, "3 of 4 changes shown")
	page.click(`[data-name=origin][data-value=edit]`)
	want(page, "of them, what this branch asks for", shownRows, "organization/acme/member/cyd@acme.example")
	want(page, "what is pressed says so", `document.querySelectorAll("[aria-pressed=true]").length`, 3)
	page.click("#clear")
	want(page, "after Clear", status, "All 4 changes shown")
	want(page, "what is pressed", `document.querySelectorAll("[aria-pressed=true]").length`, 0)

	page = b.open(t, planHTML(t, busyPlan()), true)
	page.click(`[data-name=blocked]`)
	want(page, "what is blocked", shownRows, "organization/acme/member/back@acme.example")
	page.click(`a[data-risk=access-widened]`)
	want(page, "a class of risk", shownRows, "organization/acme/member/back@acme.example organization/acme")
	want(page, "where the reader is", focused, "changes")
	page.press("Escape")
	want(page, "after Escape", status, "All 6 changes shown")
	page.quiet()
}

func folding(t *testing.T, b *browser) {
	p := planOf(staging, 0)
	for i := range 5 {
		c := change(plan.Update, fmt.Sprintf("organization/o%d", i), 1)
		if i == 0 {
			c.Risks = []plan.Risk{{Class: plan.LockOut, Reason: "nobody is left"}}
		}
		p.Changes = append(p.Changes, c)
	}
	page := b.open(t, planHTML(t, p), true)
	want(page, "at first", openOnes, "open folded folded folded folded")
	ask[any](page, `void document.querySelectorAll("summary")[1].focus()`)
	page.press("Enter")
	want(page, "after Enter", openOnes, "open open folded folded folded")
	page.press("/")
	page.write("o3")
	want(page, "what is found is unfolded", shownRows, "organization/o3")
	page.press("Escape")
	want(page, "after Escape", openOnes, "open open folded folded folded")
	page.click("#unfold")
	want(page, "after Unfold all", openOnes, "open open open open open")
	page.click("#fold")
	want(page, "after Fold all", openOnes, "folded folded folded folded folded")
	ask[any](page, `void document.querySelector("#search").focus()`)
	for _, stop := range []string{"BUTTON", "BUTTON", "unfold", "fold", "SUMMARY"} {
		page.press("Tab")
		want(page, "Tab goes in the order of the page", focused, stop)
	}
	want(page, "the focus can be seen", `getComputedStyle(document.activeElement).outlineStyle`, "solid")
	page.quiet()
}

func theming(t *testing.T, b *browser) {
	page := b.open(t, planHTML(t, busyPlan()), true)
	system := func(theme string) {
		page.call("Emulation.setEmulatedMedia", fields{"features": []fields{{"name": "prefers-color-scheme", "value": theme}}})
	}
	// The browser tells a page of another theme with its next frame.
	const pressed = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(document.querySelector("#theme").getAttribute("aria-pressed")))))`
	const light, dark = "rgb(245, 246, 248)", "rgb(15, 19, 23)"
	system("dark")
	want(page, "a dark system", colour, dark)
	want(page, "the button", pressed, "true")
	system("light")
	want(page, "a light system", colour, light)
	want(page, "the button", pressed, "false")
	page.click("#theme")
	want(page, "after a press", colour, dark)
	want(page, "the button", pressed, "true")
	page.click("#theme")
	system("dark")
	want(page, "what was chosen stays", colour, light)
	page.quiet()
}

func withoutScripts(t *testing.T, b *browser) {
	p := everyActionAndRisk()
	page := b.open(t, planHTML(t, p), false)
	page.call("Emulation.setScriptExecutionDisabled", fields{"value": false}) // to look
	want(page, "changes that are shown", `Array.from(document.querySelectorAll("article")).filter((a) => a.checkVisibility()).length`, len(p.Changes))
	want(page, "the tools", `document.querySelector("#tools").checkVisibility()`, false)
	want(page, "the theme's button", `document.querySelector("#theme").checkVisibility()`, false)
}

func printing(t *testing.T, b *browser) {
	p := largePlan(60, 2)
	page := b.open(t, planHTML(t, p), true)
	page.click("#fold")
	ask[any](page, `void dispatchEvent(new Event("beforeprint"))`)
	page.call("Emulation.setEmulatedMedia", fields{"media": "print"})
	want(page, "changes on paper", `Array.from(document.querySelectorAll("article")).filter((a) => a.checkVisibility()).length`, len(p.Changes))
	want(page, "tools on paper", `document.querySelector("#tools").checkVisibility()`, false)
	ask[any](page, `void dispatchEvent(new Event("afterprint"))`)
	want(page, "folded afterwards", `document.querySelectorAll("details[open]").length`, 0)
}

func searchingLarge(t *testing.T, b *browser) {
	const n = 5_000
	p := planOf(production, 0)
	for i := range n {
		c := change(plan.Update, fmt.Sprintf("organization/o%d/member/m%d@acme.example", i/50, i), i+1, differs("name", "A", "B"))
		if i%10 == 0 {
			c.Risks = []plan.Risk{{Class: plan.AccessRemoved, Reason: fmt.Sprintf("number %d loses something", i)}}
		}
		p.Changes, p.Summary.Update = append(p.Changes, c), p.Summary.Update+1
	}
	source := planHTML(t, p)
	if len(source) > 5_000_000 {
		t.Errorf("a page of %d changes has %d bytes", n, len(source))
	}
	page := b.open(t, source, true)
	want(page, "at first", status, "All 5000 changes shown")
	ask[any](page, "void watchChanges()")
	const changed = `new Promise((done) => setTimeout(() => { const n = seen.changed; seen.changed = 0; done(n); }))`
	page.press("/")
	page.write("m4321@")
	want(page, "what is found", shownRows, "organization/o86/member/m4321@acme.example")
	// Each row but one and each section at most once, and a few words beside them.
	if touched := ask[int](page, changed); touched > n+2*n/50+20 {
		t.Errorf("%d changes of the page to hide %d rows", touched, n-1)
	}
	page.write("acme")
	want(page, "what is found", shownRows, "organization/o86/member/m4321@acme.example")
	if touched := ask[int](page, changed); touched > 5 {
		t.Errorf("%d changes of the page when the same is found again", touched)
	}
	page.press("Escape")
	want(page, "after Escape", status, "All 5000 changes shown")
	page.click(`a[data-risk=access-removed]`)
	want(page, "those with a risk", status, "500 of 5000 changes shown")
	page.quiet()
}

func visitingHostile(t *testing.T, b *browser) {
	for i, text := range []string{
		"</script><script>alert(1)</script>", "<img src=https://evil.example/x onerror=alert(1)>", `"></details><svg/onload=alert(1)>`, "javascript:alert(1)",
		"\u202e\x00::error::<b>", "</title><base href=//evil.example>", "<meta http-equiv=refresh content=0;url=//evil.example>",
	} {
		page := b.open(t, planHTML(t, hostilePlan(text, evil[i])), true)
		page.press("/")
		page.write(text)
		ask[any](page, `void document.querySelectorAll("article").forEach((a) => a.click())`)
		want(page, "the page still works", `document.querySelector("#clear").checkVisibility()`, true)
		want(page, "its elements are ours", `document.querySelectorAll("img, svg, base, iframe, script ~ script, meta[http-equiv=refresh]").length`, 0)
		page.quiet()
	}
}

func filteringReport(t *testing.T, b *browser) {
	page := b.open(t, reportHTML(t, report()), true)
	want(page, "at first, what is done is folded", openOnes, "open open open folded")
	page.click(`[data-name=result][data-value=failed]`)
	want(page, "what failed", shownRows, "organization/delta")
	page.press("Escape")
	page.press("/")
	page.write("needs organization/delta")
	want(page, "what its failure has kept from being done", status, "2 of 7 changes shown")
	page.quiet()
}

func visitingNothing(t *testing.T, b *browser) {
	page := b.open(t, planHTML(t, planOf(staging, 3)), true)
	want(page, "what is there to read", `document.querySelector(".verdict").textContent`, "No changes. What is declared is what is live.")
	page.click("#theme")
	if strings.Contains(planHTML(t, planOf(staging, 3)), "<article") {
		t.Error("there is a change")
	}
	page.quiet()
}
