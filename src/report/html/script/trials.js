// The list of the trials, and what each of them did. Lines are made as they are scrolled to, a trial when it is opened.

const CHUNK = 100;
let listed = [];
let made = 0;

function buildList() {
  const more = el("button", { type: "button", class: "button more" }, "Show more");
  more.addEventListener("click", () => makeUpTo(made + CHUNK));
  byId("list").after(more);
  if ("IntersectionObserver" in window) {
    new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && makeUpTo(made + CHUNK), { rootMargin: "800px" }).observe(more);
  }
  watchers.push(showList);
}

function showList() {
  listed = TRIALS.filter(matches);
  made = 0;
  byId("list").replaceChildren();
  const count = listed.length === TRIALS.length ? `All ${counted(listed.length, "trial", "trials")}` : `${number(listed.length)} of ${counted(TRIALS.length, "trial", "trials")}`;
  byId("count").textContent = count;
  const open = listed.findIndex((trial) => trial.name === filter.trial);
  makeUpTo(Math.max(CHUNK, open + 1));
  if (open >= 0) {
    const line = byId("list").children[open];
    openTrial(line, listed[open]);
    line.scrollIntoView();
    line.querySelector("button").focus({ preventScroll: true });
  }
}

function makeUpTo(end) {
  const next = listed.slice(made, end);
  byId("list").append(...next.map(trialLine));
  made += next.length;
  document.querySelector(".more").hidden = made >= listed.length;
}

function trialLine(trial) {
  const button = el(
    "button",
    { type: "button", class: "line", "aria-expanded": "false" },
    el("span", { class: trial.outcome }, el("span", { "aria-hidden": "true" }, SIGNS.get(trial.outcome)), el("span", { class: "hidden" }, `${trial.outcome}: `)),
    el("span", { class: "name" }, shown(trial.name)),
    el("span", { class: "of" }, gist(trial)),
    el("span", { class: "took" }, trial.outcome === "ignored" ? "" : milliseconds(trial.took)),
  );
  const line = el("article", { class: "trial" }, el("h3", {}, button));
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-expanded") === "true") {
      button.setAttribute("aria-expanded", "false");
      line.lastElementChild.remove();
      noteOpen("");
    } else {
      openTrial(line, trial);
      noteOpen(trial.name);
    }
  });
  return line;
}

/** What a trial is about, or what it broke. */
function gist(trial) {
  const broken = new Set(trial.findings.map((finding) => finding.clause));
  return [...(broken.size > 0 ? broken : [trial.clause ?? ""])].slice(0, 3).join(", ");
}

function openTrial(line, trial) {
  const button = line.querySelector("button");
  if (button.getAttribute("aria-expanded") === "true") return;
  button.setAttribute("aria-expanded", "true");
  const detail = el("div", { class: "detail" });
  line.append(detail);
  detail.append(...trialView(trial, detail.clientWidth).filter(Boolean));
}

function trialView(trial, width) {
  const clause = RUN.clauses.find((clause) => clause.id === trial.clause);
  const rest = trial.records.filter((record) => record.step === undefined && !record.findings.length);
  return [
    el(
      "div",
      { class: "meta" },
      el("span", {}, trial.outcome),
      el("span", { class: "mono" }, shown(trial.at)),
      clause && el("span", {}, `${clause.id}: `, shown(clause.text)),
    ),
    trial.reason && el("p", { class: `note ${trial.outcome}` }, el("span", {}, trial.until ? `Waived until ${trial.until}: ` : "", shown(trial.reason))),
    ...trial.records.filter((record) => !rest.includes(record)).map((record) => recordView(trial, record, width)),
    rest.length > 0 &&
      el("details", { class: "step" }, el("summary", { class: "soft" }, `Around it: ${rest.map((record) => record.role).join(", ")}`), rest.map((record) => recordView(trial, record, width))),
    trial.left_out && el("p", { class: "soft" }, `Left out, to keep this file small: ${trial.left_out}. Run it again by its name to see them.`),
  ];
}

function recordView(trial, record, width) {
  const step = trial.steps[record.step - 1];
  const { exchange, volley, findings } = record;
  const head = [
    record.role.replace(/^./, (letter) => letter.toUpperCase()),
    step && el("small", {}, about(step, volley)),
    exchange && el("small", {}, milliseconds(exchange.took_us / 1000)),
    el("small", { class: "mono" }, shown(record.at)),
  ];
  // What no line of an exchange is about is told before it.
  const apart = exchange ? findings.filter((finding) => ["effect", "volley"].includes(finding.kind)) : findings;
  return el(
    "section",
    { class: "step" },
    el("h4", {}, head),
    apart.map((finding) =>
      el("p", { class: `note ${warns(finding.clause) ? "inconclusive" : "violates"}` }, el("span", {}, shown(finding.shown), ": ", difference(finding))),
    ),
    record.more && el("p", { class: "soft" }, `and ${counted(record.more, "other finding", "other findings")}`),
    record.note && el("p", { class: "note" }, el("span", {}, shown(record.note))),
    volley && volleyView(volley, advertised(trial, record), width),
    exchange && exchangeView(record),
  );
}

/** What a step asks for. */
function about(step, volley) {
  const accepted = step.rows.length > 0 ? `, accepts ${step.rows.join(" or ")}${step.sole ? "" : ", among others"}` : "";
  const of = step.volley ? (volley ? `, a ${step.volley} of ${number(volley.of)}` : `, one of the ${step.volley}`) : "";
  return `${step.request}${of}${accepted}`;
}

/** The window, in seconds, that the limiter advertised in a step. */
function advertised(trial, record) {
  const windows = trial.records.filter((one) => one.role === record.role).map((one) => one.window ?? 0);
  return Math.max(0, ...windows);
}
