// Which trials are shown. All of it stands in the address, so that a view can be sent to somebody.

const KEYS = ["q", "outcome", "clause", "row", "request", "trial"];
const filter = Object.fromEntries(KEYS.map((key) => [key, ""]));
const watchers = [];

/** Takes the filter from the address; an address of something else on the page changes nothing. */
function readAddress() {
  const text = location.hash.slice(1);
  if (text && !text.includes("=")) return;
  const told = new URLSearchParams(text);
  for (const key of KEYS) filter[key] = told.get(key) ?? "";
  for (const watcher of watchers) watcher();
}

function address(of) {
  const told = KEYS.filter((key) => of[key]).map((key) => `${key}=${encodeURIComponent(of[key])}`);
  return `#${told.join("&")}`;
}

/** Notes in the address which trial is open. */
function noteOpen(name) {
  filter.trial = name;
  history.replaceState(null, "", address(filter));
}

/** Changes the filter. A step back leads to the one before, but not through each letter of a search. */
function change(changes) {
  const typing = "q" in changes;
  Object.assign(filter, { trial: "" }, changes);
  history[typing ? "replaceState" : "pushState"](null, "", address(filter));
  for (const watcher of watchers) watcher();
}

/** Shows the trials of these keys alone, or all again where they are shown already. */
function toggle(keys) {
  const same = Object.entries(keys).every(([key, value]) => filter[key] === value);
  change(Object.fromEntries(Object.keys(keys).map((key) => [key, same ? "" : keys[key]])));
}

function isChosen(keys) {
  return Object.entries(keys).every(([key, value]) => filter[key] === value);
}

function matches(trial) {
  if (filter.outcome && trial.outcome !== filter.outcome) return false;
  if (filter.clause && !trial.clauses.has(filter.clause)) return false;
  if (filter.row) {
    const asks = (cell) => cell.row === filter.row && (!filter.request || cell.request === filter.request);
    if (!trial.cells.some(asks)) return false;
  } else if (filter.request && !trial.steps.some((step) => step.request === filter.request)) return false;
  const words = filter.q.toLowerCase().split(/\s+/);
  return words.every((word) => searched(trial).includes(word));
}

/** What a search looks at: the name, where the case stands, and what was found. */
function searched(trial) {
  trial.searched ??= [trial.name, trial.at, trial.outcome, trial.reason]
    .concat(trial.records.map((record) => record.note))
    .concat(trial.findings.flatMap((one) => [one.clause, one.shown, one.expected, one.actual]))
    .join("\n")
    .toLowerCase();
  return trial.searched;
}

function buildFilter() {
  const form = byId("filter");
  const options = (values) => [el("option", { value: "" }, "any"), values.map((value) => el("option", {}, value))];
  const chooser = (key, label, values) => {
    const select = el("select", { id: `filter-${key}`, onchange: () => change({ [key]: select.value }) }, options(values));
    watchers.push(() => {
      select.value = filter[key];
      select.classList.toggle("set", filter[key] !== "");
    });
    return el("label", {}, label, select);
  };
  const search = el("input", { type: "search", id: "filter-q", placeholder: "name, finding, reason", autocomplete: "off" });
  search.addEventListener("input", () => change({ q: search.value }));
  watchers.push(() => {
    if (search.value !== filter.q) search.value = filter.q;
  });
  const clear = el("button", { type: "button" }, "Clear");
  clear.addEventListener("click", () => change(Object.fromEntries(KEYS.map((key) => [key, ""]))));
  form.append(
    el("label", { class: "text" }, "Search", search),
    chooser("outcome", "Outcome", OUTCOMES.map(([name]) => name)),
    chooser("clause", "Clause", RUN.clauses.map((clause) => clause.id)),
    chooser("row", "Row", RUN.rows.map((row) => row.name)),
    chooser("request", "Request", RUN.requests),
    clear,
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    const elsewhere = !event.target.closest("input, select, textarea");
    if (event.key === "/" && elsewhere && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
    }
  });
}
