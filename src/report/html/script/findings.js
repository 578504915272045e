// All findings by clause: what was found how often, and in which trials.

const KINDS_SHOWN = 6;
const TRIALS_SHOWN = 3;

function buildFindings() {
  const clauses = new Map();
  for (const trial of TRIALS) {
    for (const finding of trial.findings) {
      const kinds = clauses.get(finding.clause) ?? new Map();
      clauses.set(finding.clause, kinds);
      const key = JSON.stringify([finding.shown, finding.expected, finding.actual]);
      const kind = kinds.get(key) ?? { finding, trials: new Set() };
      kinds.set(key, kind);
      kind.trials.add(trial);
    }
  }
  const groups = [...clauses].map(([id, kinds]) => ({
    clause: RUN.clauses.find((clause) => clause.id === id) ?? { id, level: "", text: "", source: "" },
    kinds: [...kinds.values()].sort((a, b) => b.trials.size - a.trials.size),
    trials: new Set([...kinds.values()].flatMap((kind) => [...kind.trials])),
  }));
  groups.sort((a, b) => warns(a.clause.id) - warns(b.clause.id) || b.trials.size - a.trials.size);
  const into = byId("findings");
  if (groups.length === 0) into.append(el("p", { class: "soft" }, "Nothing was found."));
  into.append(...groups.map(clauseView));
}

function clauseView({ clause, kinds, trials }) {
  const sign = warns(clause.id) ? el("span", { class: "inconclusive" }, "! should") : el("span", { class: "violates" }, "✗ must");
  const all = el("button", { type: "button", class: "plain" }, `in ${counted(trials.size, "trial", "trials")}`);
  all.addEventListener("click", () => showTrials({ clause: clause.id }));
  return el(
    "article",
    { class: warns(clause.id) ? "clause should" : "clause" },
    el("h3", {}, clause.id, el("small", {}, sign), el("small", {}, all)),
    el("p", {}, shown(clause.text), " ", el("span", { class: "soft" }, "(", shown(clause.source), ")")),
    kinds.slice(0, KINDS_SHOWN).map(kindView),
    kinds.length > KINDS_SHOWN &&
      el("p", { class: "soft" }, `and ${counted(kinds.length - KINDS_SHOWN, "other finding", "other findings")}`),
  );
}

function kindView({ finding, trials }) {
  const named = [...trials].slice(0, TRIALS_SHOWN).map((trial) => el("li", {}, trialLink(trial)));
  const rest = trials.size - named.length;
  return el(
    "div",
    { class: "finding" },
    el(
      "div",
      { class: "was" },
      el("span", { class: "place" }, shown(finding.shown), ": "),
      "expected ",
      el("b", {}, shown(finding.expected)),
      ", was ",
      el("b", {}, shown(finding.actual)),
    ),
    el("ul", {}, named, rest > 0 && el("li", { class: "soft" }, `and ${counted(rest, "other", "others")}`)),
  );
}

function trialLink(trial) {
  return el("a", { href: address({ trial: trial.name }) }, shown(trial.name));
}

/** Shows some trials and leads to them. */
function showTrials(keys) {
  change({ ...Object.fromEntries(KEYS.map((key) => [key, ""])), ...keys });
  byId("trials").scrollIntoView();
  byId("list").focus({ preventScroll: true });
}
