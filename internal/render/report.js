"use strict";
(() => {
  const root = document.documentElement;
  const find = (selector) => document.querySelector(selector);
  const all = (selector) => Array.from(document.querySelectorAll(selector));

  // The theme is the system's until the button is pressed, and is kept nowhere.
  const theme = find("#theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
  const showTheme = () => theme.setAttribute("aria-pressed", String(isDark()));
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; showTheme(); });
  system.addEventListener("change", showTheme);
  theme.hidden = false;
  showTheme();

  // What is folded is unfolded on paper, and folded again afterwards.
  const sections = all("details.section").map((element) => ({ element, rows: [], shown: true, open: true }));
  const setOpen = (section, open) => { if (section.element.open !== open) section.element.open = open; };
  for (const s of sections) if ("fold" in s.element.dataset) setOpen(s, false);
  let onScreen = [];
  addEventListener("beforeprint", () => { onScreen = sections.map((s) => s.element.open); sections.forEach((s) => setOpen(s, true)); });
  addEventListener("afterprint", () => { sections.forEach((s, i) => setOpen(s, onScreen[i])); });

  const tools = find("#tools");
  if (!tools) return;
  const search = find("#search");
  const status = find("#shown");
  const clear = find("#clear");
  const chips = all("#tools [data-name]");

  // A row's text is taken once, when it is first searched.
  const rows = [];
  for (const section of sections) {
    for (const element of section.element.querySelectorAll("article")) {
      const row = { element, answers: element.dataset, text: null, shown: true };
      section.rows.push(row);
      rows.push(row);
    }
  }
  const textOf = (row) => row.text ??= row.element.textContent.toLowerCase();

  // chosen maps each question to the answers that are pressed.
  const chosen = () => {
    const out = new Map();
    for (const chip of chips) {
      if (chip.getAttribute("aria-pressed") !== "true") continue;
      const { name, value } = chip.dataset;
      out.set(name, [...(out.get(name) ?? []), value]);
    }
    return out;
  };

  // Only what differs from what is shown is touched, and nothing is measured.
  let filtering = false;
  const update = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const questions = Array.from(chosen());
    const matches = (row) =>
      questions.every(([name, values]) => (row.answers[name] ?? "").split(" ").some((answer) => values.includes(answer))) &&
      words.every((word) => textOf(row).includes(word));
    const active = words.length > 0 || questions.length > 0;
    if (active && !filtering) for (const s of sections) s.open = s.element.open;
    let total = 0;
    for (const section of sections) {
      let here = 0;
      for (const row of section.rows) {
        const shown = !active || matches(row);
        if (shown !== row.shown) row.element.hidden = !(row.shown = shown);
        if (shown) here++;
      }
      total += here;
      if ((here > 0) !== section.shown) section.element.hidden = !(section.shown = here > 0);
      if (active && here > 0) setOpen(section, true);
      if (!active && filtering) setOpen(section, section.open);
    }
    filtering = active;
    clear.hidden = !active;
    const text = active ? `${total} of ${rows.length} changes shown` : `All ${rows.length} changes shown`;
    if (status.textContent !== text) status.textContent = text;
  };
  const press = (chip, on) => chip.setAttribute("aria-pressed", String(on));
  const clearAll = () => { search.value = ""; chips.forEach((chip) => press(chip, false)); update(); };

  search.addEventListener("input", update);
  for (const chip of chips) {
    chip.addEventListener("click", () => { press(chip, chip.getAttribute("aria-pressed") !== "true"); update(); });
  }
  clear.addEventListener("click", () => { clearAll(); search.focus(); });
  find("#unfold").addEventListener("click", () => sections.forEach((s) => setOpen(s, true)));
  find("#fold").addEventListener("click", () => sections.forEach((s) => setOpen(s, false)));

  // A class of risk above leads to the changes that have it, and to no others.
  for (const link of all("a[data-risk]")) {
    const chip = chips.find((c) => c.dataset.name === "risk" && c.dataset.value === link.dataset.risk);
    if (!chip) continue;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      search.value = "";
      chips.forEach((c) => press(c, c === chip));
      update();
      find("#changes").focus({ preventScroll: true });
      find("#changes").scrollIntoView();
    });
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "/" && event.target !== search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
    if (event.key === "Escape") clearAll();
  });

  // What is focused is never scrolled under the tools.
  new ResizeObserver(([entry]) => {
    const height = getComputedStyle(tools).position === "sticky" ? entry.target.offsetHeight : 0;
    root.style.setProperty("--tools", `${height + 16}px`);
  }).observe(tools);
  tools.hidden = false;
  update();
})();
