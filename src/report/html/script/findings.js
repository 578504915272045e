// All findings by clause: what was found how often, and in which trials. Then the reasons of inconclusive and ignored trials.

const KINDS_SHOWN = 6;
const TRIALS_SHOWN = 3;
/** What differs in findings that are alike. */
const ID = /[0-9a-f]{8,}/gi;

function buildFindings() {
  const clauses = new Map();
  for (const trial of TRIALS.filter((trial) => trial.outcome !== "waived")) {
    for (const finding of trial.findings) {
      const kinds = clauses.get(finding.clause) ?? new Map();
      clauses.set(finding.clause, kinds);
      const exact = JSON.stringify([finding.shown, finding.expected, finding.actual]);
      const key = exact.replace(ID, "");
      const kind = kinds.get(key) ?? { finding, exact, varies: false, trials: new Set() };
      kinds.set(key, kind);
      kind.varies ||= kind.exact !== exact;
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
  buildReasons();
}

/** Why trials were not judged, ignored or waived, by reason. */
function buildReasons() {
  for (const [outcome, sign, what] of OUTCOMES) {
    const reasons = new Map();
    for (const trial of TRIALS.filter((trial) => trial.outcome === outcome && trial.reason)) {
      reasons.set(trial.reason, [...(reasons.get(trial.reason) ?? []), trial]);
    }
    if (reasons.size === 0) continue;
    const sorted = [...reasons].sort(([, a], [, b]) => b.length - a.length);
    const total = sorted.reduce((sum, [, trials]) => sum + trials.length, 0);
    const all = el("button", { type: "button", class: "plain", onclick: () => showTrials({ outcome }) }, counted(total, "trial", "trials"));
    byId("findings").append(
      el(
        "article",
        { class: `clause because ${outcome}` },
        el("h3", {}, el("span", { class: outcome }, `${sign} ${what}`), el("small", {}, all)),
        sorted.slice(0, KINDS_SHOWN).map(([reason, trials]) => el("div", { class: "finding" }, el("div", { class: "was" }, shown(reason)), named(trials))),
        others(sorted.length, "other reason", "other reasons"),
      ),
    );
  }
}

function clauseView({ clause, kinds, trials }) {
  const sign = warns(clause.id) ? el("span", { class: "inconclusive" }, "! should") : el("span", { class: "violates" }, "✗ must");
  const all = el("button", { type: "button", class: "plain", onclick: () => showTrials({ clause: clause.id }) }, `in ${counted(trials.size, "trial", "trials")}`);
  return el(
    "article",
    { class: warns(clause.id) ? "clause should" : "clause" },
    el("h3", {}, clause.id, el("small", {}, sign), el("small", {}, all)),
    el("p", {}, shown(clause.text), " ", el("span", { class: "soft" }, "(", shown(clause.source), ")")),
    kinds.slice(0, KINDS_SHOWN).map(kindView),
    others(kinds.length, "other finding", "other findings"),
  );
}

function others(all, one, many) {
  return all > KINDS_SHOWN && el("p", { class: "soft" }, `and ${counted(all - KINDS_SHOWN, one, many)}`);
}

/** The first of some trials, each to be opened. */
function named(trials) {
  const rest = trials.length - TRIALS_SHOWN;
  return el("ul", {}, trials.slice(0, TRIALS_SHOWN).map((trial) => el("li", {}, trialLink(trial))), rest > 0 && el("li", { class: "soft" }, `and ${counted(rest, "other", "others")}`));
}

function kindView({ finding, varies, trials }) {
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
      varies && el("span", { class: "soft" }, " (other ids in other trials)"),
    ),
    named([...trials]),
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
