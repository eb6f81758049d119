// The cone of a feature: a row of boxes for each layer, down to the input, and lines from each cell to what it reads.
// After the figures of Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks (Distill 2019).

const LABELS = 132;
const MOST_LINES = 64;
const MOST_CELLS = 90;
const MOST_ROWS = 72;

// From a node to an input, at every merge through the branch that sees most; layers that only pass on are left out.
function chainOf(spec, node, input, axis) {
  const chain = [node];
  let here = node;
  while (!here.input) {
    const open = here.links.filter((link) => link.id >= 0 && spec.reach[input][link.id] && link.axes[axis].taps);
    if (!open.length) return null;
    const size = (link) => fieldOf(spec, spec.nodes[link.id], input)?.size[axis] ?? 0;
    here = spec.nodes[open.reduce((best, link) => (size(link) > size(best) ? link : best)).id];
    chain.push(here);
  }
  return chain;
}

// The same along a given path: names of its layers, from the fork on.
function chainAlong(spec, path, fork, input, axis) {
  const start = spec.nodes[spec.byName.get(fork)];
  const before = chainOf(spec, start, input, axis);
  return before && [...path.layers.map((name) => spec.nodes[spec.byName.get(name)]).reverse(), ...before];
}

function strideOf(spec, node, input, axis) {
  return node.input ? 1 : rational(fieldOf(spec, node, input)?.grid.stride[axis]);
}

// Draw the cone of cell `index` of the first node of a chain; `pick(node, index)` is called for cells that are chosen.
function drawCone(holder, spec, chain, input, axis, index, pick) {
  holder.replaceChildren();
  const only = new Set(chain.map((node) => node.id));
  const seen = look(spec, chain[0].id, axis, index, { only });
  const every = chain.filter((node, place) => place === 0 || !node.passes || node.input).map((node) => ({
    node,
    runs: seen[node.id] ?? [],
    stride: strideOf(spec, node, input, axis),
    first: centreOf(spec, node, input, axis, 0),
  }));
  const rows = thinned(every);
  if (rows.some((row) => row.stride === null || row.first === null || !row.runs.length)) {
    holder.append(el("p", { class: "note" }, "There is no cone to draw: not every layer on the way has a place on the input."));
    return;
  }
  const width = Math.max(widthOf(holder, 640), 260);
  const labels = width < 480 ? 84 : LABELS;
  const height = Math.min(Math.max(420 / rows.length, 6), 46);
  const box = Math.min(height * 0.55, 18);
  const [low, high] = windowOfCone(rows, spec.nodes[input].size[axis]);
  const scale = (width - labels - 8) / (high - low);
  const x = (coordinate) => labels + (coordinate - low) * scale;
  const y = (row) => 6 + row * height;
  const shape = svg("g");
  rows.forEach((row, place) => {
    if (place + 1 < rows.length) shape.append(...flows(row, rows[place + 1], { x, top: y(place) + box, bottom: y(place + 1) }, axis, only));
  });
  rows.forEach((row, place) => shape.append(...cellsOf(row, { x, top: y(place), box, low, high, scale }, axis, place, pick)));
  const apart = Math.ceil(11 / height);
  rows.forEach((row, place) => {
    const last = rows.length - 1;
    if (place !== last && (place % apart || (last - place) * height < 11)) return;
    shape.append(svg("text", { x: 0, y: y(place) + box / 2 + 4, class: "label" }, shortened(row.node.name, labels < 100 ? 12 : 20)));
  });
  const samples = counted(hullOf(seen[input])[1] - hullOf(seen[input])[0] + 1, "sample");
  const about = `Cone of cell ${index} of ${safe(chain[0].name)} along ${safe(spec.axes[axis])}: ${samples} of ${safe(spec.nodes[input].name)}, ${counted(every.length - 1, "layer")} on the way.`;
  const tall = y(rows.length - 1) + box + 8;
  holder.append(svg("svg", { width, height: tall, viewBox: `0 0 ${width} ${tall}`, role: "img", "aria-label": about, class: "cone" }, shape));
}

// As many rows as can be told apart: both ends, those whose stride is another one than that of the row above, and some between.
function thinned(rows) {
  if (rows.length <= MOST_ROWS) return rows;
  const step = Math.ceil(rows.length / MOST_ROWS);
  const kept = rows.filter((row, place) => place % step === 0 || place === rows.length - 1 || row.stride !== rows[place - 1].stride);
  return kept.map((row, place) => ({ ...row, leaps: kept[place + 1] !== rows[rows.indexOf(row) + 1] }));
}

function windowOfCone(rows, samples) {
  let [low, high] = [Infinity, -Infinity];
  for (const { runs, stride, first } of rows) {
    const [start, end] = hullOf(runs);
    low = Math.min(low, first + stride * (start - 0.5));
    high = Math.max(high, first + stride * (end + 0.5));
  }
  // A small input stays where it is, whatever cell is looked at.
  if (samples !== null && samples <= 160) return [Math.min(low, -1), Math.max(high, samples)];
  const margin = Math.max((high - low) * 0.12, rows[0].stride * 2);
  return [low - margin, high + margin];
}

function flows(upper, lower, { x, top, bottom }, axis, only) {
  const place = (row, index) => x(row.first + row.stride * index);
  const lines = [];
  const link = upper.node.links.find((each) => only.has(each.id) && each.axes[axis].taps);
  for (let at = 0; !upper.leaps && at < upper.runs.length && lines.length <= MOST_LINES; at += 2) {
    for (let index = upper.runs[at]; index <= upper.runs[at + 1] && lines.length <= MOST_LINES; index++) {
      const read = within(readBy([index, index], link.axes[axis]), ...hullOf(lower.runs));
      for (let run = 0; run < read.length; run += 2) for (let tap = read[run]; tap <= read[run + 1]; tap++) lines.push([index, tap]);
    }
  }
  if (!upper.leaps && lines.length <= MOST_LINES) {
    return lines.map(([from, to]) => svg("line", { x1: place(upper, from), y1: top, x2: place(lower, to), y2: bottom, class: "flow" }));
  }
  const ends = (row) => hullOf(row.runs).map((index, side) => x(row.first + row.stride * (index + (side ? 0.5 : -0.5))));
  const [[a, b], [c, d]] = [ends(upper), ends(lower)];
  return [svg("polygon", { points: `${a},${top} ${b},${top} ${d},${bottom} ${c},${bottom}`, class: "flow band" })];
}

function cellsOf(row, { x, top, box, low, high, scale }, axis, place, pick) {
  const { node, runs, stride, first } = row;
  const size = node.size[axis];
  const left = (index) => x(first + stride * (index - 0.5));
  const wide = stride * scale;
  const kind = place === 0 ? "cell top" : node.input ? "cell ground" : "cell";
  const shapes = [];
  const [start, end] = [Math.ceil((low - first) / stride), Math.floor((high - first) / stride)];
  if (wide >= 4 && end - start < MOST_CELLS) {
    for (let index = start; index <= end; index++) {
      const inside = size === null || (index >= 0 && index < size);
      const held = within(runs, index, index).length > 0;
      if (!inside && !held) continue;
      const attributes = { x: left(index) + 0.5, y: top, width: Math.max(wide - 1, 1), height: box };
      attributes.class = `${kind}${held ? " seen" : ""}${inside ? "" : " outside"}`;
      if (inside) attributes.onclick = () => pick(node, index);
      if (inside && place === 0) attributes.onmouseenter = () => pick(node, index, true);
      shapes.push(svg("rect", attributes));
    }
    return shapes;
  }
  if (size !== null) {
    const [from, to] = [Math.max(left(0), x(low)), Math.min(left(size), x(high))];
    if (to > from) shapes.push(svg("rect", { x: from, y: top, width: to - from, height: box, class: kind }));
  }
  const many = runs.length > 2 * MOST_CELLS ? hullOf(runs) : runs;
  for (let at = 0; at < many.length; at += 2) {
    shapes.push(svg("rect", { x: left(many[at]), y: top, width: Math.max(left(many[at + 1] + 1) - left(many[at]), 1), height: box, class: `${kind} seen` }));
  }
  return shapes;
}
