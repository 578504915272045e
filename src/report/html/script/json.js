// JSON in lines. Each token stays as it came, members that stand twice too: only the white space is ours.

const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|([{}[\],:])|([^\s{}[\],:"]+))/sy;
const DEEPEST = 100;
const MOST_LINES = 1000;

/** The lines of a text, each a list of classes and texts, and the line of each pointer; none where it is no JSON. */
function jsonLines(text) {
  try {
    return layOut(text);
  } catch {
    return undefined;
  }
}

function layOut(text) {
  const lines = [[]];
  const pointers = new Map();
  let at = 0;
  let token = read();

  function read() {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) {
      if (text.slice(at).trim()) throw new Error("no JSON");
      return "";
    }
    at = TOKEN.lastIndex;
    return match[0].trimStart();
  }
  function put(kind, piece) {
    lines.at(-1).push([kind, piece]);
  }
  function take(...wanted) {
    if (wanted.length && !wanted.includes(token)) throw new Error("no JSON");
    const taken = token;
    token = read();
    return taken;
  }
  function newLine(depth) {
    if (lines.length >= MOST_LINES) throw new Error("too long");
    lines.push([["", "  ".repeat(depth)]]);
  }
  function value(pointer, depth) {
    pointers.set(pointer, lines.length - 1);
    const close = { "{": "}", "[": "]" }[token];
    if (!close) {
      if (/^[}\],:]?$/.test(token)) throw new Error("no JSON");
      put("", take());
      return;
    }
    if (depth > DEEPEST) throw new Error("too deep");
    put("", take());
    for (let index = 0; token !== close; index += 1) {
      newLine(depth + 1);
      let part = String(index);
      if (close === "}") {
        if (!token.startsWith('"')) throw new Error("no JSON");
        part = JSON.parse(token).replaceAll("~", "~0").replaceAll("/", "~1");
        put("k", take());
        put("", `${take(":")} `);
      }
      value(`${pointer}/${part}`, depth + 1);
      if (token !== close) put("", take(","));
      if (token === "") throw new Error("no JSON");
    }
    if (lines.length > 1 && lines.at(-1).length > 0 && lastOpened() !== close) newLine(depth);
    put("", take(close));
  }
  /** What closes a container that nothing was put into. */
  function lastOpened() {
    const last = lines.at(-1).at(-1)[1];
    return { "{": "}", "[": "]" }[last];
  }
  value("", 0);
  if (token !== "") throw new Error("no JSON");
  return { lines, pointers };
}

/** The line of a member, otherwise that of the nearest one around it. */
function lineOf(pointers, pointer) {
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf("/"))) {
    if (pointers.has(at)) return pointers.get(at);
    if (!at.includes("/")) return 0;
  }
}
