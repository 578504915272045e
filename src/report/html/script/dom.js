// Elements and text. What a server sent becomes text nodes, never markup.

const ODD = /[^\P{C}\n\t]|[\p{Zl}\p{Zp}\u{34f}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{3164}\u{ffa0}\u{fe00}-\u{fe0f}]/gu;

/** Fills an element: `on...` are listeners, what begins in lower case otherwise is an attribute, the rest are children. */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function byId(id) {
  return document.getElementById(id);
}

/** A text of others: what hides, or turns the direction of writing, is shown by its number. */
function shown(text) {
  const pieces = [];
  let from = 0;
  for (const match of text.matchAll(ODD)) {
    const number = match[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    pieces.push(text.slice(from, match.index), el("span", { class: "escape" }, `U+${number}`));
    from = match.index + match[0].length;
  }
  pieces.push(text.slice(from));
  return pieces;
}

function number(value) {
  return value.toLocaleString("en");
}

function counted(value, one, many) {
  return `${number(value)} ${value === 1 ? one : many}`;
}

function milliseconds(value) {
  if (value >= 10000) return `${(value / 1000).toFixed(1)} s`;
  return value >= 100 ? `${value.toFixed(0)} ms` : `${value.toFixed(value >= 10 ? 1 : 2)} ms`;
}
