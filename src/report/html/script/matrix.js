// The picture of the coverage: rows of the table on requests, then the clauses. Each part of it chooses its trials.

const STATES = {
  violates: ["✗", "violated"],
  warned: ["!", "a should is broken"],
  inconclusive: ["?", "inconclusive"],
  conforms: ["✓", "exercised, conforms"],
  waived: ["≈", "waived"],
  ignored: ["–", "ignored"],
  gap: ["gap", "never exercised"],
  excluded: ["n/a", "no case can exercise it"],
  undocumented: ["", "not documented for this request"],
};

function buildOutcomes() {
  const counts = OUTCOMES.map(([name, sign, what]) => ({ name, sign, what, count: TRIALS.filter((trial) => trial.outcome === name).length }));
  const present = counts.filter(({ count }) => count > 0);
  const bar = el("div", { class: "bar", "aria-hidden": "true" });
  for (const { name, count } of present) {
    const part = el("span", { class: name });
    part.style.flexGrow = count;
    bar.append(part);
  }
  const chips = present.map(({ name, sign, what, count }) =>
    chooser({ outcome: name }, `chip ${name}`, {}, [el("span", { "aria-hidden": "true" }, sign), el("b", {}, number(count)), what]),
  );
  byId("outcomes").append(bar, el("div", { class: "chips", role: "group", "aria-label": "Trials by outcome" }, chips));
}

/** A button that shows the trials of some keys alone. */
function chooser(keys, kind, attributes, children) {
  const button = el("button", { type: "button", class: kind, ...attributes, onclick: () => toggle(keys) }, children);
  watchers.push(() => button.setAttribute("aria-pressed", String(isChosen(keys))));
  return button;
}

function buildMatrix() {
  const trials = new Map();
  for (const trial of TRIALS) {
    for (const { row, request } of trial.cells) {
      const key = `${row} ${request}`;
      trials.set(key, (trials.get(key) ?? new Set()).add(trial));
    }
  }
  const seen = new Set();
  const head = RUN.rows.map((row) => el("th", { scope: "col", title: row.name }, el("b", {}, String(row.status)), el("small", {}, breakable(row.name))));
  const body = RUN.requests.map((request, column) => {
    const cells = RUN.rows.map((row) => {
      const { standing, reason } = row.requests[column] ?? { standing: "undocumented" };
      const of = [...(trials.get(`${row.name} ${request}`) ?? [])];
      const state = stateOf(of, standing);
      seen.add(state);
      return el("td", {}, cell(row.name, request, of, state, reason));
    });
    return el("tr", {}, el("th", { scope: "row" }, breakable(request)), cells);
  });
  const corner = el("td", { class: "names" });
  const caption = el("caption", { class: "hidden" }, "Trials that ask for a row of the status table on a request");
  byId("matrix").append(
    el("table", { class: "matrix" }, caption, el("thead", {}, el("tr", {}, corner, head)), el("tbody", {}, body)),
    legend(seen, "A number is that of the trials that ask for it; where some fail, of those."),
  );
}

function stateOf(trials, standing) {
  if (trials.some(fails)) return "violates";
  if (trials.some((trial) => trial.outcome === "inconclusive")) return "inconclusive";
  return standing === "exercised" ? "conforms" : standing;
}

function cell(row, request, trials, state, reason) {
  const [sign, meaning] = STATES[state];
  const what = `${row} on ${request}: ${reason ? `${meaning}, ${reason}` : meaning}`;
  if (trials.length === 0) {
    return el("span", { class: `cell ${state}`, title: what }, el("span", { "aria-hidden": "true" }, sign), el("span", { class: "hidden" }, meaning));
  }
  const telling = { violates: fails, inconclusive: (trial) => trial.outcome === "inconclusive" }[state] ?? (() => true);
  const count = trials.filter(telling).length;
  const label = `${what}; ${number(count)} of ${counted(trials.length, "trial", "trials")}`;
  const figure = state === "gap" || state === "excluded" ? sign : `${sign} ${number(count)}`;
  return chooser({ row, request }, `cell ${state}`, { title: label, "aria-label": label }, [figure]);
}

function legend(states, more) {
  const told = Object.entries(STATES).filter(([state, [sign]]) => sign && states.has(state));
  return el("p", { class: "legend" }, told.map(([, [sign, meaning]]) => el("span", {}, `${sign} ${meaning}`)), more && el("span", {}, more));
}

function buildClauses() {
  const broken = new Map();
  for (const trial of TRIALS) {
    for (const finding of trial.findings) {
      broken.set(finding.clause, (broken.get(finding.clause) ?? new Set()).add(trial));
    }
  }
  const seen = new Set();
  const tags = RUN.clauses.map((clause) => {
    const found = broken.get(clause.id)?.size ?? 0;
    const waived = found > 0 && [...broken.get(clause.id)].every((trial) => trial.outcome === "waived");
    const state = waived ? "waived" : found > 0 ? (warns(clause.id) ? "warned" : "violates") : clause.standing === "exercised" ? "conforms" : clause.standing;
    seen.add(state);
    const [sign, meaning] = STATES[state];
    const title = `${clause.text} (${clause.source}): ${clause.reason ?? meaning}`;
    const kind = state === "warned" ? "inconclusive" : state;
    const pieces = [el("span", { "aria-hidden": "true" }, sign), clause.id, el("span", { class: "hidden" }, `, ${meaning}`), found > 0 && el("b", {}, number(found))];
    return chooser({ clause: clause.id }, `tag ${kind}`, { title }, pieces);
  });
  byId("clauses").append(el("div", { class: "tags" }, tags), legend(seen));
}

/** A name that may be broken after `_`. */
function breakable(name) {
  return name.split(/(?<=_)/).flatMap((part) => [part, el("wbr")]);
}
