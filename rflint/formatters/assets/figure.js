// A small network whole: every map a row of boxes, branches side by side, lines from each cell to what it reads; the cell under the
// pointer shows its cone down to the input.  These are the figures of the paper, drawn for any network that is small enough.

const FIGURE_LAYERS = 16;
const FIGURE_CELLS = 64;

// The nodes of the figure of a node, from the top down; null where it would be too large.
function figureOf(spec, root, input, axis) {
  const { nodes } = spec;
  const above = new Map([[root.id, []]]);
  for (let id = root.id; id >= 0; id--) {
    if (!above.has(id) || !spec.reach[input][id]) continue;
    for (const link of nodes[id].links) {
      if (link.id < 0 || !spec.reach[input][link.id] || !link.axes[axis].taps) continue;
      above.set(link.id, [...(above.get(link.id) ?? []), id]);
    }
  }
  const held = [...above.keys()].filter((id) => spec.reach[input][id]).map((id) => nodes[id]);
  const fits = (node) => node.size[axis] !== null && node.size[axis] <= FIGURE_CELLS && strideOf(spec, node, input, axis) && centreOf(spec, node, input, axis, 0) !== null;
  if (root.input || held.length > FIGURE_LAYERS || !held.every(fits)) return null;
  held.sort((one, other) => one.id - other.id);
  const row = new Map();
  for (const node of held) row.set(node.id, node.input ? 0 : 1 + Math.max(...node.links.filter((link) => row.has(link.id)).map((link) => row.get(link.id))));
  const room = roomOf(held, row, above);
  return { held, row, room };
}

// Which part of the width each node has, from 0 to 1: a merge shares its own among its branches.
function roomOf(held, row, above) {
  const room = new Map([[held.at(-1).id, [0, 1]]]);
  for (const node of [...held].reverse()) {
    const [start, end] = room.get(node.id);
    const branches = [...new Set(node.links.map((link) => link.id).filter((id) => row.has(id)))];
    branches.forEach((id, place) => {
      // A shortcut straight to a map that others read takes no room of its own.
      const share = branches.length > 1 && above.get(id).length > 1 ? [start, end] : [start + ((end - start) * place) / branches.length, start + ((end - start) * (place + 1)) / branches.length];
      const known = room.get(id);
      room.set(id, known ? [Math.min(known[0], share[0]), Math.max(known[1], share[1])] : share);
    });
  }
  return room;
}

function drawFigure(holder, spec, figure, { root, input, axis, cell }, pick) {
  const { held, row, room } = figure;
  const samples = spec.nodes[input].size[axis];
  const width = Math.max(widthOf(holder, 640), 260);
  const lanes = Math.max(...held.map((node) => Math.round(1 / Math.max(room.get(node.id)[1] - room.get(node.id)[0], 0.05))));
  const margin = 1.5;
  const scale = Math.min((width - 16) / (lanes * (samples + 2 * margin)), 30);
  const used = scale * lanes * (samples + 2 * margin);
  const rows = Math.max(...row.values()) + 1;
  const height = Math.min(Math.max(440 / rows, 44), 74);
  const box = Math.min(Math.max(scale * 0.8, 9), 18);
  const y = (node) => 18 + (rows - 1 - row.get(node.id)) * height;
  const left = (node, index, edge = 0) => {
    const [start, end] = room.get(node.id);
    const middle = (width - used) / 2 + ((start + end) / 2) * used;
    return middle + (centreOf(spec, node, input, axis, index) + edge * strideOf(spec, node, input, axis) - (samples - 1) / 2) * scale;
  };
  const lines = new Map();
  const cells = new Map();
  const [flows_, boxes, names] = [svg("g"), svg("g"), svg("g")];
  for (const node of held) {
    names.append(svg("text", { x: Math.max(left(node, 0, -0.5), 2), y: y(node) - 4, class: "label" }, shortened(node.name, 24)));
    for (let index = 0; index < node.size[axis]; index++) {
      const shape = svg("rect", { x: left(node, index, -0.5) + 0.5, y: y(node), width: Math.max(strideOf(spec, node, input, axis) * scale - 1, 1.5), height: box, class: `cell${node.input ? " ground" : node === root ? " top" : ""}` });
      shape.addEventListener("mouseenter", () => light(node, index));
      shape.addEventListener("click", () => pick(node, index));
      cells.set(`${node.id} ${index}`, shape);
      boxes.append(shape);
      for (const link of node.links.filter((each) => row.has(each.id))) {
        const runs = readBy([index, index], link.axes[axis]);
        for (let at = 0; at < runs.length; at += 2) {
          for (let tap = runs[at]; tap <= runs[at + 1]; tap++) {
            const other = spec.nodes[link.id];
            const line = svg("line", { x1: left(node, index), y1: y(node) + box, x2: left(other, tap), y2: y(other), class: "flow" });
            lines.set(`${node.id} ${index} ${link.id} ${tap}`, line);
            flows_.append(line);
          }
        }
      }
    }
  }
  let padding = [];
  const light = (node, index) => {
    const seen = look(spec, node.id, axis, index);
    for (const [key, shape] of cells) {
      const [id, at] = key.split(" ").map(Number);
      shape.classList.toggle("seen", Boolean(seen[id] && within(seen[id], at, at).length));
    }
    for (const [key, line] of lines) {
      const [id, at, other, tap] = key.split(" ").map(Number);
      line.classList.toggle("lit", Boolean(seen[id] && within(seen[id], at, at).length && seen[other] && within(seen[other], tap, tap).length));
    }
    for (const shape of padding) shape.remove();
    padding = held.flatMap((each) => paddingOf(seen[each.id], each.size[axis]).map((at) => svg("rect", { x: left(each, at, -0.5) + 0.5, y: y(each), width: Math.max(strideOf(spec, each, input, axis) * scale - 1, 1.5), height: box, class: "cell seen outside" })));
    boxes.append(...padding);
  };
  const about = `Every cell of ${held.length} maps along ${safe(spec.axes[axis])}, and what it reads; cell ${cell} of ${safe(root.name)} and its cone are marked.`;
  const tall = y(held[0]) + box + 10;
  const picture = svg("svg", { width, height: tall, viewBox: `0 0 ${width} ${tall}`, role: "img", "aria-label": about, class: "cone figure" }, flows_, boxes, names);
  picture.addEventListener("mouseleave", () => light(root, cell));
  holder.replaceChildren(picture);
  light(root, cell);
}

// Samples of a set that lie outside of a map.
function paddingOf(runs, size) {
  const found = [];
  for (let at = 0; runs && at < runs.length; at += 2) for (let each = runs[at]; each <= runs[at + 1]; each++) if (each < 0 || each >= size) found.push(each);
  return found;
}
