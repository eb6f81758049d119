// One feature on the page: its numbers, its pictures, its cone, both paths of a misalignment.

function weightKey(spec, node, input, axis, index) {
  return `${state.number} ${node.id} ${input} ${spec.twins[axis]} ${index}`;
}

function weightsOf(spec, node, input, feature) {
  if (node.input || !spec.reach[input][node.id]) return null;
  return feature.map(({ index, nominal, all }, axis) => {
    const key = weightKey(spec, node, input, axis, index);
    if (!state.weights.has(key)) {
      if (state.weights.size > 300) state.weights.clear();
      state.weights.set(key, nominal.length ? weigh(spec, node.id, axis, index, input, all) : null);
    }
    return state.weights.get(key);
  });
}

// Draw all that is about one feature.
function show(node, cell, { settled }) {
  const { spec } = state;
  const input = inputSeen(spec, node, state.input);
  const feature = featureOf(spec, node, input, cell);
  Object.assign(shown, { node, cell, input, feature });
  const field = fieldOf(spec, node, input);
  byId("layer-name").textContent = safe(node.name);
  byId("layer-about").replaceChildren(...aboutLayer(spec, node));
  const rows = node.input ? [["Size", extentText(node.size)]] : numbersOf(spec, node, input, feature);
  byId("numbers").replaceChildren(...rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, Array.isArray(value) ? value.map((each) => el("span", {}, each)) : value)]));
  cellInputs(node, cell);
  pictures(node, cell, input, feature, field);
  const chain = node.input ? null : chainOf(spec, node, input, state.axis);
  const small = settled || !chain || chain.length < SMALL;
  if (small) cone(chain, node, cell, input);
  clearTimeout(show.later);
  show.later = setTimeout(() => {
    if (!small) cone(chain, node, cell, input);
    shading(node, cell, input, feature);
  }, settled ? 0 : REST);
  if (settled) {
    byId("live").textContent = `${node.name}, cell ${cell.join(", ")}: ${rows.slice(0, 4).map(([name, value]) => `${name} ${value}`).join(". ")}`;
    pairs(node, cell);
  }
}

function aboutLayer(spec, node) {
  const parts = [el("code", {}, safe(node.op))];
  if (node.from.length) parts.push(" of ", ...node.from.flatMap((name, place) => [place ? ", " : "", el("button", { type: "button", class: "link", onclick: () => choose(spec.byName.get(name)) }, safe(name))]));
  const text = node.line ? lineOf(spec, node.path, node.line) : undefined;
  return text === undefined ? [el("p", {}, ...parts)] : [el("p", {}, ...parts), el("pre", { tabindex: 0, "aria-label": `Line ${node.line} of ${safe(node.path)}` }, el("span", { class: "where" }, `${safe(node.path)}:${node.line}`), `\n${safe(text)}`)];
}

function cellInputs(node, cell) {
  const holder = byId("cell");
  if (holder.childElementCount !== cell.length) {
    holder.replaceChildren(...state.spec.axes.map((axis, place) => el("label", {}, safe(axis), el("input", { type: "number", min: 0, value: 0, oninput: (event) => {
      const next = state.cell.slice();
      next[place] = Number(event.target.value) || 0;
      choose(state.node.id, { cell: next });
    } }))));
  }
  [...holder.querySelectorAll("input")].forEach((box, place) => {
    if (document.activeElement !== box || Number(box.value) !== cell[place]) box.value = cell[place];
    if (node.size[place] !== null) box.max = node.size[place] - 1;
    else box.removeAttribute("max");
  });
}

function canvases(id, planes, about) {
  const holder = byId(id);
  if (holder.childElementCount !== planes.length) {
    holder.replaceChildren(...planes.map((plane) => el("figure", {}, el("canvas"), el("figcaption", {}, planes.length > 1 ? planeName(plane) : ""))));
    if (id === "map") holder.querySelectorAll("canvas").forEach((canvas, place) => listenToMap(canvas, planes[place]));
  }
  const found = [...holder.querySelectorAll("canvas")];
  found.forEach((canvas, place) => canvas.setAttribute("aria-label", `${about}${planes.length > 1 ? `, ${planeName(planes[place])}` : ""}`));
  return found;
}

function planeName(plane) {
  return plane.filter((axis) => axis !== null).map((axis) => safe(state.spec.axes[axis])).join(" down, ") + (plane[0] === null ? "" : " across");
}

function listenToMap(canvas, plane) {
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  const cellAt = (event) => {
    const next = shown.cell.slice();
    canvas.cellAt(event.offsetX, event.offsetY).forEach((index, way) => plane[way] !== null && (next[plane[way]] = index));
    return next;
  };
  canvas.addEventListener("mousemove", (event) => preview(state.node, cellAt(event)));
  canvas.addEventListener("mouseleave", () => preview(null));
  canvas.addEventListener("click", (event) => choose(state.node.id, { cell: cellAt(event) }));
  canvas.addEventListener("keydown", (event) => {
    const way = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [1, -1], ArrowRight: [1, 1] }[event.key];
    const axis = way && (plane[way[0]] ?? plane[1]);
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const next = state.cell.slice();
    next[axis] += way[1] * (event.shiftKey ? 10 : 1);
    choose(state.node.id, { cell: next });
  });
}

function zoomOf(feature) {
  return state.zoom === "auto" ? fittingZoom(feature) : state.zoom;
}

function viewOf(node, input, feature, plane, weights) {
  const stride = feature.map((_, axis) => strideOf(state.spec, node, input, axis));
  const targets = state.spec.targets.filter((target) => target.layer === node.name && target.input === state.spec.nodes[input].name).map((target) => target.size);
  return { feature, plane, zoom: zoomOf(feature), weights, image: state.image, stride, targets };
}

function pictures(node, cell, input, feature, field) {
  const { spec } = state;
  const planes = planesOf(spec.axes.length);
  const about = `What cell ${cell.join(", ")} of ${safe(node.name)} sees of ${safe(spec.nodes[input].name)}: ${feature.map(({ nominal }, axis) => stretchText(spec.axes[axis], nominal)).join(", ")}`;
  canvases("map", planes, `Map of ${safe(node.name)}, ${extentText(node.size)}; arrow keys move the cell`).forEach((canvas, place) => paintMap(canvas, node, field?.period ?? [], cell, planes[place]));
  const known = weightsKnown(node, input, feature);
  canvases("region", planes, about).forEach((canvas, place) => {
    canvas.setAttribute("role", "img");
    paintRegion(canvas, viewOf(node, input, feature, planes[place], known));
  });
  const lost = feature.some(({ nominal }) => !nominal.length) && !node.input;
  byId("region-note").replaceChildren(...prose(lost ? whyNothing(field, feature) : field?.global ? "Through a global operation it sees the whole input as well." : ""));
  for (const button of document.querySelectorAll("[data-zoom]")) button.setAttribute("aria-pressed", String(button.dataset.zoom === zoomOf(feature)));
}

function whyNothing(field, feature) {
  if (!field) return "No path leads here from an input.";
  const why = whyLost(field, feature);
  return why ? `No region to draw: ${why}.` : "This cell sees nothing: all that it reads is padding or empty.";
}

function weightsKnown(node, input, feature) {
  const keys = feature.map(({ index }, axis) => state.weights.get(weightKey(state.spec, node, input, axis, index)));
  return keys.every(Boolean) ? keys : null;
}

// The weights take longer than the region: they come when the pointer rests.
function shading(node, cell, input, feature) {
  if (shown.node !== node || String(shown.cell) !== String(cell) || weightsKnown(node, input, feature)) return;
  const weights = weightsOf(state.spec, node, input, feature);
  if (!weights?.every(Boolean)) return;
  const planes = planesOf(state.spec.axes.length);
  byId("region").querySelectorAll("canvas").forEach((canvas, place) => paintRegion(canvas, viewOf(node, input, feature, planes[place], weights)));
}

function cone(chain, node, cell, input) {
  const figure = chain && figureOf(state.spec, node, input, state.axis);
  byId("cone-note").textContent = !chain ? "" : figure
    ? "Point at a cell to see what it sees. Cells of padding are dashed."
    : "A row for each layer that reads a window or resamples, the input at the bottom; at merges, the branch that sees most. Dashed cells lie in the padding.";
  if (figure) {
    const view = { root: node, input, axis: state.axis, cell: cell[state.axis] };
    return void drawFigure(byId("cone"), state.spec, figure, view, (other, index) => {
      const next = other === node ? cell.slice() : middleCell(other);
      next[state.axis] = index;
      choose(other.id, { cell: next });
    });
  }
  if (!chain) return void byId("cone").replaceChildren(el("p", { class: "note" }, node.input ? "An input: every sample sees itself." : "There is no cone to draw: what the layers on the way read is not known, or all of the input at once."));
  drawCone(byId("cone"), state.spec, chain, input, state.axis, cell[state.axis], (other, index, hover) => {
    const next = other === shown.node ? shown.cell.slice() : middleCell(other);
    next[state.axis] = index;
    if (hover) {
      if (String(next) !== String(shown.cell)) preview(other, next);
    } else choose(other.id, { cell: next });
  });
}

// Both paths of every misalignment at a merge, side by side.
function pairs(node, cell) {
  const { spec } = state;
  const found = spec.findings.filter((finding) => finding.paths && [finding.layer, ...finding.instances].includes(node.name) && finding.layer === node.name);
  const holder = byId("pairs");
  byId("pairs-section").hidden = !found.length;
  holder.replaceChildren();
  for (const finding of found) {
    const input = spec.inputByName.get(finding.input);
    const axis = spec.axes.indexOf(finding.axes[0]);
    const side = ["reference", "branch"].map((name) => pathSide(finding, finding.paths[name], name, input, axis, cell));
    holder.append(el("p", {}, ...prose(finding.message)), el("div", { class: "sides" }, ...side.map((each) => each.shape)));
    // One scale for both, so that they can be compared by eye.
    const windows = side.map((each) => windowOf(each.feature, state.zoom === "auto" ? "region" : state.zoom));
    const window = windows[0].map(([low, high], at) => [Math.min(low, windows[1][at][0]), Math.max(high, windows[1][at][1])]);
    side.forEach((each) => each.draw(window));
  }
}

function pathSide(finding, path, name, input, axis, cell) {
  const { spec } = state;
  const chain = chainAlong(spec, path, finding.paths.fork, input, axis);
  const end = spec.nodes[spec.byName.get(path.from)];
  const [stride, centre] = [rational(path.grid.stride), rational(path.grid.center)];
  const title = `${name === "reference" ? "The path that stands for the merge" : "The path that is off"}: ${path.layers.length ? `through ${safe(path.from)}` : `the shortcut from ${safe(path.from)}`}`;
  const cone = el("div", { class: "holder" });
  const canvas = el("canvas", { role: "img" });
  const picture = el("div", { class: "holder" }, canvas);
  const numbers = el("p", { class: "note" }, `stride ${path.grid.stride}, centre of cell ${cell[axis]} along ${safe(spec.axes[axis])}: ${number(centre + stride * cell[axis])}`);
  const feature = featureOf(spec, end, input, cell);
  feature[axis].centre = centre + stride * cell[axis];
  const draw = (window) => {
    const plane = spec.axes.length === 1 ? [null, 0] : spec.axes.length === 2 ? [0, 1] : [axis === 0 ? 1 : 0, Math.max(axis, 1)];
    canvas.setAttribute("aria-label", `${title}: ${feature.map(({ nominal }, at) => stretchText(spec.axes[at], nominal)).join(", ")}`);
    const weights = weightsOf(spec, end, input, feature);
    paintRegion(canvas, { ...viewOf(end, input, feature, plane, weights?.every(Boolean) ? weights : null), window });
    if (chain) drawCone(cone, spec, chain, input, axis, cell[axis], () => {});
  };
  return { shape: el("div", { class: "side" }, el("h3", {}, title), numbers, picture, cone), feature, draw };
}

