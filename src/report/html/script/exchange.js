// A request and its response side by side, with each finding at the line that it is about.

function exchangeView(record) {
  const command = el("pre", { class: "code" }, el("div", {}, shown(record.curl)));
  const details = el("details", { class: "curl" }, el("summary", {}, "As a curl command"), command);
  const copy = el("button", { type: "button", class: "button" }, "Copy curl");
  copy.addEventListener("click", () => copyText(record.curl, copy, details, command));
  return [
    el("div", { class: "sides" }, side("Request", requestLines(record), copy), side("Response", responseLines(record))),
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

function requestLines({ exchange: { sent }, sent_size }) {
  return [
    { kind: "first", pieces: shown(`${sent.method} ${sent.url}`) },
    ...sent.headers.map(headerLine),
    ...bodyLines(sent.body, sent_size).lines,
  ];
}

/** Bytes as text: what of them is no UTF-8 is shown as `�`. */
function textOf({ text, base64 }) {
  return text ?? new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)));
}

function headerLine([name, value]) {
  return { name, pieces: [el("span", { class: "h" }, shown(name), ": "), shown(value)] };
}

function responseLines({ exchange, received_size, broken, findings }) {
  const at = (...kinds) => findings.filter((finding) => kinds.includes(finding.kind));
  const { response } = exchange.answer;
  if (!response) {
    return [{ kind: "aside", pieces: shown(broken), found: findings }];
  }
  const { status, version, headers, body } = response;
  const row = RUN.rows.filter((row) => row.status === status).map((row) => row.name);
  const first = {
    kind: "first",
    pieces: [shown(`${version} ${status}`), row.length ? el("span", { class: "h" }, `  ${row.join(", ")}`) : ""],
    found: at("status", "connection"),
  };
  const fields = headers.map(([name, value]) => headerLine([name, textOf(value)]));
  for (const finding of at("header")) {
    let line = fields.find((field) => field.name.toLowerCase() === finding.at.toLowerCase());
    if (!line) {
      line = { kind: "aside", pieces: ["there is no ", shown(finding.at)] };
      fields.push(line);
    }
    (line.found ??= []).push(finding);
  }
  const { lines, pointers } = bodyLines(body, received_size);
  const members = at("member", "body");
  if (members.length && lines.length === 0) lines.push({ kind: "aside", pieces: ["no body"] });
  for (const finding of members) {
    // The first line of a body is empty: it parts it from the header fields.
    const index = pointers && finding.kind === "member" ? lineOf(pointers, finding.at) + 1 : Math.min(1, lines.length - 1);
    (lines[index].found ??= []).push(finding);
  }
  return [first, ...fields, ...lines];
}

/** The lines of a body, which has `size` bytes where it is cut. */
function bodyLines(body, size) {
  const text = textOf(body);
  if (!text) return { lines: [] };
  const laidOut = size ? undefined : jsonLines(text);
  const lines = laidOut
    ? laidOut.lines.map((pieces) => ({ pieces: pieces.map(([kind, text]) => el("span", { class: kind }, shown(text))) }))
    : text.split("\n").slice(0, MOST_LINES).map((line) => ({ pieces: shown(line) }));
  lines.unshift({ pieces: [] });
  if (size) lines.push({ kind: "aside", pieces: [`the beginning of ${number(size)} bytes`] });
  if (body.base64 !== undefined) lines.push({ kind: "aside", pieces: ["not UTF-8: what is none is shown as �"] });
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
