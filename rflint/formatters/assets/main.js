// The page: which spec is open, which layer and cell are looked at, and what follows from that.

const state = { spec: null, number: -1, node: null, cell: [], input: 0, axis: 0, zoom: "auto", image: null, graph: null, weights: new Map() };
const loaded = new Map();

// What takes longer comes when the pointer has rested for so many milliseconds; cones of so many layers do not.
const REST = 80;
const SMALL = 40;

async function unpacked(id) {
  const bytes = Uint8Array.from(atob(byId(id).textContent.trim()), (each) => each.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

async function specAt(number_) {
  if (!loaded.has(number_)) loaded.set(number_, prepare(await unpacked(`spec-${number_}`)));
  return loaded.get(number_);
}

// The cell in the middle of a map.
function middleCell(node) {
  return node.size.map((size) => (size === null ? 0 : Math.floor(size / 2)));
}

function clampedCell(node, cell) {
  return node.size.map((size, axis) => Math.min(Math.max(cell[axis] ?? 0, 0), size === null ? 1e6 : Math.max(size - 1, 0)));
}

// Choose a layer, and a cell of its map.
function choose(id, { cell = null, quiet = false, reveal = true } = {}) {
  const { spec } = state;
  if (id === undefined || id < 0) return;
  const node = spec.nodes[id];
  const same = node === state.node;
  state.node = node;
  state.cell = cell ? clampedCell(node, cell) : same ? state.cell : middleCell(node);
  state.input = inputSeen(spec, node, state.input);
  if (reveal && !quiet && !same) state.graph?.reveal(id);
  state.graph?.mark(id);
  state.graph?.trace(id);
  show(node, state.cell, { settled: true });
  drawChart(byId("chart"), spec, state.input, state.axis, node, choose);
  for (const row of document.querySelectorAll("#table tr[aria-current]")) row.removeAttribute("aria-current");
  document.querySelector(`#table tr[data-id="${id}"]`)?.setAttribute("aria-current", "true");
  const link = new URLSearchParams({ ...(count > 1 ? { spec: spec.path } : {}), layer: node.name, cell: state.cell.join(",") });
  history.replaceState(null, "", `#${link}`);
}

// Look at a layer or a cell for as long as the pointer is there.
function preview(node, cell) {
  if (!node) return void (shown.node !== state.node || String(shown.cell) !== String(state.cell) ? show(state.node, state.cell, { settled: true }) : null);
  show(node, cell ?? (node === state.node ? state.cell : middleCell(node)), { settled: false });
}

const shown = { node: null, cell: [] };

function describe(box) {
  const { spec } = state;
  if (box.kind === KIND.node) {
    const node = spec.nodes[box.id];
    const input = inputSeen(spec, node, state.input);
    const field = fieldOf(spec, node, input);
    const size = node.input ? extentText(node.size) : sizeText(field);
    const colour = `${colourOf(spec, node, field, input)}${spec.outputs.includes(node.name) ? " is-output" : ""}`;
    return { title: shortened(lastPart(node.name), 24), detail: node.input ? size : `${shortened(node.op, 14)} · RF ${size}`, label: `${safe(node.name)}, ${safe(node.op)}, ${node.input ? "size" : "receptive field"} ${size}`, colour };
  }
  const group = spec.drawing.groups[box.id];
  const last = spec.nodes[group.end];
  const input = inputSeen(spec, last, state.input);
  const size = sizeText(fieldOf(spec, last, input));
  const times = group.times > 1 ? ` ×${group.times}` : "";
  return { title: shortened(lastPart(group.name), 22) + times, detail: `${counted(group.nodes.length, "layer")} · RF ${size}`, label: `Block ${safe(group.name)}${times}, ${counted(group.nodes.length, "layer")}, receptive field ${size}`, colour: colourOf(spec, last, fieldOf(spec, last, input), input) };
}

async function open(place, wanted = {}) {
  const spec = await specAt(place);
  Object.assign(state, { spec, number: place, node: null, input: 0, axis: Math.max(Math.min(state.axis, spec.axes.length - 1), 0), zoom: "auto", graph: null });
  for (const section of document.querySelectorAll("[data-view]")) section.hidden = section.dataset.view !== (spec.layers.length ? "spec" : "broken");
  byId("findings-section").hidden = false;
  widths = new WeakMap();
  byId("back").hidden = count < 2 && !compared;
  byId("spec-name").textContent = safe(spec.name);
  byId("spec-path").textContent = safe(spec.path);
  document.title = `${safe(spec.name)} – rflint`;
  const told = spec.findings.filter((finding) => !finding.suppressed);
  byId("findings").replaceChildren(...[...told, ...spec.findings.filter((finding) => finding.suppressed)].map((finding) => findingItem(spec, finding, choose)));
  byId("no-findings").hidden = spec.findings.length > 0;
  if (!spec.layers.length) {
    byId("why-broken").textContent = spec.internal_error !== undefined ? `rflint itself failed on this spec: ${safe(spec.internal_error)}`
      : told.some((finding) => finding.severity === "error") ? "This spec could not be analysed; the findings say why." : "A library of blocks has no layers of its own.";
    return;
  }
  byId("axis").replaceChildren(...spec.axes.map((axis, at) => el("option", { value: at, selected: at === state.axis }, safe(axis))));
  byId("axis-label").hidden = spec.axes.length < 2;
  byId("input").replaceChildren(...spec.nodes.slice(0, spec.inputCount).map((node) => el("option", { value: node.id }, safe(node.name))));
  byId("input-label").hidden = spec.inputCount < 2;
  byId("names").replaceChildren(...spec.nodes.map((node) => el("option", { value: safe(node.name) })));
  byId("targets").replaceChildren(...(spec.targets.length ? [targetList(spec, choose)] : []));
  state.graph = new Graph(byId("graph"), spec, {
    describe,
    preview: (box) => {
      const node = box && spec.nodes[state.graph.endOf(box)];
      if (box?.child) return;
      state.graph.trace(node ? node.id : state.node.id);
      preview(node);
    },
    choose,
    toggle: () => {
      state.graph.mark(state.node.id);
      state.graph.trace(state.node.id);
    },
  });
  refreshFor(state.input);
  jumps("inputs", spec.nodes.slice(0, spec.inputCount).map((node) => node.name));
  jumps("outputs", spec.outputs);
  const first = spec.byName.get(wanted.layer) ?? instanceEnd(spec, wanted.layer) ?? spec.byName.get(spec.findings.find((finding) => finding.paths && finding.severity !== "info" && !finding.suppressed)?.layer) ?? spec.byName.get(spec.outputs[0]) ?? spec.nodes.length - 1;
  choose(first, { cell: wanted.cell ?? null });
}

// The layer that stands for a block.
function instanceEnd(spec, name) {
  return spec.drawing.groups.find((group) => group.name === name)?.end;
}

function refreshFor(input) {
  const { spec } = state;
  byId("legend").replaceChildren(...legendOf(spec, input).map(([kind, text]) => el("li", {}, el("span", { class: `swatch ${kind}` }), el("span", {}, ...prose(text)))));
  byId("table").replaceChildren(layerTable(spec, input, choose));
}

function jumps(id, names) {
  byId(id).replaceChildren(...names.map((name) => el("option", { value: state.spec.byName.get(name) }, safe(name))));
}

function openIndex() {
  for (const section of document.querySelectorAll("[data-view]")) section.hidden = section.dataset.view !== "index";
  byId("findings-section").hidden = true;
  byId("back").hidden = true;
  byId("spec-name").textContent = "All specs";
  byId("spec-path").textContent = counted(count, "spec");
  document.title = "rflint report";
  history.replaceState(null, "", "#");
}

let index = [];
let count = 0;
// Whether there is an older report to compare with: then the table comes first, also of one spec.
let compared = false;

// Class of a cell, by what it says of now; what was before stands in parentheses.
function gravityOf(text) {
  const [now] = text.split(" (");
  return /error|failed/.test(now) ? "bad" : /warning/.test(now) ? "so-so" : null;
}

function drawIndex({ head, since }) {
  byId("since").replaceChildren(...prose(since));
  const rows = index.map((entry, place) => el("tr", {},
    el("th", { scope: "row" }, el("button", { type: "button", class: "link", onclick: () => open(place) }, safe(entry.name)), entry.new ? " (new)" : ""),
    el("td", {}, safe(entry.path)),
    ...entry.cells.map((text) => el("td", { class: gravityOf(text) }, safe(text) || "–"))));
  const names = ["spec", "path", ...head].map((name) => el("th", { scope: "col" }, name));
  byId("index-table").replaceChildren(el("table", {}, el("caption", {}, "All specs of this report"), el("thead", {}, el("tr", {}, ...names)), el("tbody", {}, ...rows)));
}

function wanted() {
  const hash = new URLSearchParams(location.hash.slice(1));
  const cell = hash.get("cell")?.split(",").map(Number);
  return { spec: hash.get("spec"), layer: hash.get("layer"), cell: cell?.every(Number.isInteger) ? cell : null };
}

async function follow() {
  const where = wanted();
  const place = index.findIndex((entry) => entry.path === where.spec || entry.name === where.spec);
  if (place >= 0 || (count === 1 && !compared) || where.layer) await open(Math.max(place, 0), where);
  else openIndex();
}
