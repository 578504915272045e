// The data of the run, and what is asked of them everywhere.

const RUN = JSON.parse(byId("run-data").textContent);
const TRIALS = JSON.parse(byId("trial-data").textContent);

/** Each outcome: its name, its sign, and what so many trials do; what is worst comes first. */
const OUTCOMES = [
  ["violates", "✗", "violate"],
  ["stale-waiver", "✗", "have a stale waiver"],
  ["inconclusive", "?", "inconclusive"],
  ["waived", "≈", "waived"],
  ["ignored", "–", "ignored"],
  ["conforms", "✓", "conform"],
];
const SIGNS = new Map(OUTCOMES.map(([name, sign]) => [name, sign]));
const GRAVITY = new Map(OUTCOMES.map(([name], index) => [name, index]));
const LEVELS = new Map(RUN.clauses.map((clause) => [clause.id, clause.level]));
const LIMITED = new Set(RUN.rows.filter((row) => row.window).map((row) => row.status));

for (const trial of TRIALS) {
  trial.findings = trial.records.flatMap((record) => record.findings);
  trial.clauses = new Set(trial.findings.map((finding) => finding.clause));
  if (trial.clause) trial.clauses.add(trial.clause);
  trial.cells = trial.steps.flatMap((step, index) => cellsOf(trial, step, index + 1));
}
TRIALS.sort((a, b) => GRAVITY.get(a.outcome) - GRAVITY.get(b.outcome) || (a.name < b.name ? -1 : 1));

/** The rows on requests that a step is about: of several accepted rows that which came, if one did. */
function cellsOf(trial, step, number) {
  const came = new Set(trial.records.filter((record) => record.step === number).map((record) => record.exchange?.answer?.status));
  const rows = step.rows.filter((name) => came.has(RUN.rows.find((row) => row.name === name)?.status));
  return (rows.length > 0 && !step.volley ? rows : step.rows).map((row) => ({ row, request: step.request }));
}

/** Whether a finding of a clause only warns. */
function warns(clause) {
  return LEVELS.get(clause) === "should" && !RUN.strict;
}

function fails(trial) {
  return trial.outcome === "violates" || trial.outcome === "stale-waiver";
}
