// The data of the run, and what is asked of them everywhere.

const RUN = JSON.parse(byId("run-data").textContent);
const TRIALS = JSON.parse(byId("trial-data").textContent);
RUN.clauses = RUN.clauses.map(({ clause, standing }) => ({ ...clause, ...standing }));

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
  const { clause, steps = [] } = trial.announced ?? {};
  Object.assign(trial, trial.outcome, { name: trial.trial, clause, steps, at: fileLine(trial.at), took: trial.took_us / 1000 });
  trial.records = trial.shown.map(recordOf);
  trial.findings = trial.records.flatMap((record) => record.findings);
  trial.clauses = new Set(trial.findings.map((finding) => finding.clause));
  if (trial.clause) trial.clauses.add(trial.clause);
  trial.cells = trial.steps.flatMap((step, index) => cellsOf(trial, step, index + 1));
}
TRIALS.sort((a, b) => GRAVITY.get(a.outcome) - GRAVITY.get(b.outcome) || (a.name < b.name ? -1 : 1));

/** A record in the words of the page, its times in milliseconds. */
function recordOf(record) {
  const { role, findings, shots = [] } = record;
  const first = shots.length > 0 ? micros(shots[0].began) : 0;
  const drawn = shots.map((shot) => [(micros(shot.began) - first) / 1000, shot.head_after_us === null ? null : shot.head_after_us / 1000, shot.took_us / 1000, shot.status ?? 0]);
  return {
    ...record,
    role: role.kind === "step" ? `step ${role.of}` : `${role.kind === "effect" ? "effect on" : role.kind} \`${role.of}\``,
    step: role.kind === "step" ? role.of : undefined,
    at: fileLine(record.at),
    findings: findings.map((one) => ({ ...one, ...one.place, clause: one.clause.id, shown: placeName(one.place) })),
    volley: shots.length > 0 ? { shots: drawn, of: record.of } : undefined,
  };
}

/** Where something is written: `cases/bursts.toml:14`. */
function fileLine({ file, line }) {
  return `${file}:${line}`;
}

/** A point in time in microseconds. */
function micros(text) {
  return Date.parse(`${text.slice(0, 19)}Z`) * 1000 + Number(text.slice(20, 26));
}

/** What a finding is about. */
function placeName({ kind, at }) {
  if (kind === "member") return at ? `body, ${at}` : "body, as a whole";
  if (kind === "effect") return `effect on \`${at}\``;
  if (kind === "volley") return `volley, ${at}`;
  return kind === "header" ? `header ${at}` : kind;
}

/** The rows on requests that a step is about: of several accepted rows that which came, if one did. */
function cellsOf(trial, step, number) {
  const came = new Set(trial.records.filter((record) => record.step === number).map((record) => record.exchange?.answer.response?.status));
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
