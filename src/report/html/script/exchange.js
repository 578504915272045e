// A request and its response side by side, with each finding at the line that it is about.

function exchangeView(exchange, findings) {
  const command = el("pre", { class: "code" }, el("div", {}, shown(exchange.curl)));
  const details = el("details", { class: "curl" }, el("summary", {}, "As a curl command"), command);
  const copy = el("button", { type: "button", class: "button" }, "Copy curl");
  copy.addEventListener("click", () => copyText(exchange.curl, copy, details, command));
  return [
    el("div", { class: "sides" }, side("Request", requestLines(exchange), copy), side("Response", responseLines(exchange, findings))),
    details,
  ];
}

function side(title, lines, action) {
  const made = lines.map(({ kind = "", pieces, found = [] }) => {
    const mark = found.length === 0 ? "" : found.every((one) => warns(one.clause)) ? "found should" : "found";
    return [
      el("div", { class: `${kind} ${mark}` }, pieces),
      found.map((one) => el("div", { class: `why ${warns(one.clause) ? "should" : ""}` }, "↑ ", difference(one))),
    ];
  });
  return el("div", { class: "side" }, el("h5", {}, title, action), el("div", { class: "code" }, made));
}

/** What was expected, what was there, and the clause that says so. */
function difference(finding) {
  return ["expected ", el("b", {}, shown(finding.expected)), ", was ", el("b", {}, shown(finding.actual)), ` (${finding.clause})`];
}

function requestLines(exchange) {
  return [
    { kind: "first", pieces: shown(`${exchange.method} ${exchange.url}`) },
    ...exchange.headers.map(headerLine),
    ...bodyLines(exchange.body).lines,
  ];
}

function headerLine([name, value]) {
  return { name, pieces: [el("span", { class: "h" }, shown(name), ": "), shown(value)] };
}

function responseLines(exchange, findings) {
  const at = (...kinds) => findings.filter((finding) => kinds.includes(finding.kind));
  if (!exchange.answer) {
    return [{ kind: "aside", pieces: shown(exchange.broken), found: findings }];
  }
  const { status, version, headers, body } = exchange.answer;
  const row = RUN.rows.filter((row) => row.status === status).map((row) => row.name);
  const first = {
    kind: "first",
    pieces: [shown(`${version} ${status}`), row.length ? el("span", { class: "h" }, `  ${row.join(", ")}`) : ""],
    found: at("status", "connection"),
  };
  const fields = headers.map(headerLine);
  for (const finding of at("header")) {
    let line = fields.find((field) => field.name.toLowerCase() === finding.at.toLowerCase());
    if (!line) {
      line = { kind: "aside", pieces: ["there is no ", shown(finding.at)] };
      fields.push(line);
    }
    (line.found ??= []).push(finding);
  }
  const { lines, pointers } = bodyLines(body);
  const members = at("member", "body");
  if (members.length && lines.length === 0) lines.push({ kind: "aside", pieces: ["no body"] });
  for (const finding of members) {
    // The first line of a body is empty: it parts it from the header fields.
    const index = pointers && finding.kind === "member" ? lineOf(pointers, finding.at) + 1 : Math.min(1, lines.length - 1);
    (lines[index].found ??= []).push(finding);
  }
  return [first, ...fields, ...lines];
}

function bodyLines(body) {
  if (!body) return { lines: [] };
  const laidOut = body.of ? undefined : jsonLines(body.text);
  const lines = laidOut
    ? laidOut.lines.map((pieces) => ({ pieces: pieces.map(([kind, text]) => el("span", { class: kind }, shown(text))) }))
    : body.text.split("\n").slice(0, MOST_LINES).map((line) => ({ pieces: shown(line) }));
  lines.unshift({ pieces: [] });
  if (body.of) lines.push({ kind: "aside", pieces: [`the beginning of ${number(body.of)} bytes`] });
  if (body.lossy) lines.push({ kind: "aside", pieces: ["not UTF-8: what is none is shown as �"] });
  return { lines, pointers: laidOut?.pointers };
}

/** Where a page may not write to the clipboard, the command is shown and selected. */
async function copyText(text, button, details, element) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    details.open = true;
    getSelection().selectAllChildren(element);
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy curl"), 2000);
}
