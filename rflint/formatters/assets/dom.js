// Elements; whatever is text in the report becomes text in the page, and nothing else.

const SVG = "http://www.w3.org/2000/svg";

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

function el(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function byId(id) {
  return document.getElementById(id);
}

// Width of an element, measured once for each size of the window: to ask for it makes the browser lay out the page.
let widths = new WeakMap();

function widthOf(element, otherwise) {
  if (!widths.get(element)) widths.set(element, element.clientWidth);
  return widths.get(element) || otherwise;
}

// Characters that act on text around them are shown as what they are.
const ODD = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]|[\u{e0000}-\u{e007f}]/gu;

function safe(text) {
  return String(text).replace(ODD, (each) => `\\u${each.codePointAt(0).toString(16).padStart(4, "0")}`);
}

// A text with `names in backticks` as code.
function prose(text) {
  return safe(text).split(/`([^`]+)`/).map((part, place) => (place % 2 ? el("code", {}, part) : part));
}

// What a layer is called inside of its block; all of a name that ends with a slash.
function lastPart(name) {
  return name.split("/").at(-1) || name;
}

function shortened(text, room) {
  const name = safe(text);
  return name.length <= room ? name : `…${name.slice(name.length - room + 1)}`;
}

// Numbers for people: at most three decimals, groups of three digits.
function number(value) {
  if (value === null || value === undefined) return "?";
  return typeof value === "number" ? value.toLocaleString("en-US", { maximumFractionDigits: 3 }) : value;
}

function counted(count, noun) {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}

// One text where all axes agree, else one per axis.
function perAxis(values, show = number, between = " × ") {
  const texts = values.map(show);
  return new Set(texts).size === 1 ? texts[0] : texts.join(between);
}
