// What stands beside the pictures: numbers, findings, the table, the chart.

const REASON = {
  "global": "the whole input, through a global operation",
  "position-dependent": "differs from feature to feature",
  "size-dependent": "depends on the input size",
  "unknown-op": "depends on an operation that is not known",
  "empty-phase": "some features see nothing",
  "misaligned": "paths of different alignment meet",
  "beyond-limits": "beyond the numbers that are computed with",
};

const VERDICT = { "guaranteed": "everywhere", "not-guaranteed": "at some positions", "too-large": "nowhere", "unknown": "cannot be judged" };

function sizeText(field, axis = null) {
  if (!field) return "sees no input";
  const one = (at) => {
    const [most, least] = [field.size[at], field.size_min[at]];
    if (most === null) return field.why.size === "global" ? "all" : "?";
    return least !== null && least !== most ? `${number(least)}…${number(most)}` : number(most);
  };
  const text = axis === null ? perAxis(field.size.map((_, at) => at), one) : one(axis);
  return `${field.exact ? "" : "≤ "}${text}${field.global && field.size[0] !== null ? " + all" : ""}`;
}

function extentText(size) {
  return size.map((each) => (each === null ? "?" : number(each))).join(" × ");
}

// Colour of a layer: which targets it sees, or else how much of the input.
function colourOf(spec, node, field, input) {
  if (node.input) return "is-input";
  if (!field) return "k-none";
  if (field.size.some((size) => size === null)) return field.global ? "k-all" : "k-none";
  const targets = spec.targets.filter((target) => target.input === spec.nodes[input].name);
  if (targets.length) {
    const sees = (limit) => (target) => target.needed.every((size, axis) => (limit(axis) ?? 0) >= size);
    if (targets.every(sees((axis) => guaranteedSize(field, axis)))) return "k-4";
    if (targets.every(sees((axis) => field.size[axis]))) return "k-3";
    return targets.some(sees((axis) => field.size[axis])) ? "k-2" : "k-1";
  }
  const share = Math.min(...field.size.map((size, axis) => size / (spec.nodes[input].size[axis] ?? Infinity)));
  return share >= 1 ? "k-4" : share >= 0.5 ? "k-3" : share >= 0.125 ? "k-2" : share > 0 ? "k-1" : "k-0";
}

function legendOf(spec, input) {
  const targets = spec.targets.filter((target) => target.input === spec.nodes[input].name);
  const known = spec.nodes[input].size.every((size) => size !== null);
  const scale = targets.length
    ? [["k-1", "sees no target whole"], ["k-2", "sees some targets, somewhere"], ["k-3", "sees every target, at some positions"], ["k-4", "sees every target, wherever it is"]]
    : known
      ? [["k-1", "less than 1/8 of the input"], ["k-2", "from 1/8"], ["k-3", "from 1/2"], ["k-4", "all of the input or more"]]
      : [["k-0", "input of any size"]];
  return [...scale, ["k-all", "all, through a global operation"], ["k-none", "not known"]];
}

// Name and value of every number about a feature.
function numbersOf(spec, node, input, feature) {
  const field = fieldOf(spec, node, input);
  const rows = [["Map", extentText(node.size)]];
  const say = (name, values, show = number) => values && rows.push([name, values.some((value) => value !== null) ? perAxis(values, show, " / ") : `– (${REASON[field.why[keyOf(name)]] ?? "not known"})`]);
  if (field) {
    rows.push(["Receptive field", sizeText(field) + (field.why.size && field.size[0] === null ? ` (${REASON[field.why.size]})` : "")]);
    say("Stride", field.grid.stride, (value) => value ?? "?");
    say("Padding", field.padding);
    if (feature.some(({ centre }) => centre !== null)) rows.push(["Centre of this cell", perAxis(feature.map(({ centre }) => centre), number, " / ")]);
    const off = feature.map(({ centre, ideal }) => (centre === null || ideal === null ? null : centre - ideal));
    if (off.some((each) => each)) rows.push(["Off the ideal centre", perAxis(off, signed, " / ")]);
    const [seen, real] = ["nominal", "clipped"].map((which) => feature.map((each, axis) => stretchText(spec.axes[axis], each[which])));
    rows.push(["This cell sees", seen]);
    if (String(real) !== String(seen)) rows.push(["Of these, real samples", real]);
    if (field.effective.some((value) => value !== null)) rows.push(["Effective field (4σ)", perAxis(field.effective)]);
    if (field.density.some((value) => value !== null && value < 1)) rows.push(["Samples seen inside", perAxis(field.density, (value) => (value === null ? "?" : `${number(100 * value)}%`))]);
    const sure = field.size.map((_, axis) => guaranteedSize(field, axis));
    if (sure.every((value) => value !== null)) rows.push(["Seen whole anywhere", `up to ${perAxis(sure)}`]);
    if (field.period.some((value) => value > 1)) rows.push(["Phases", perAxis(field.period.map((value, axis) => (value === null ? "?" : `${value} (advance ${field.advance[axis]})`)), String, " / ")]);
    if (field.lookahead?.some((value) => value !== null)) rows.push(["Look-ahead", perAxis(field.lookahead, number, " / ")]);
    say("Aligned", field.aligned, (value) => (value === null ? "?" : value ? "yes" : "no"));
    if (field.drift.some((value) => value)) rows.push(["Drift of the map", perAxis(field.drift, signed, " / ")]);
  }
  if (node.channels !== null && node.channels !== undefined) rows.push(["Channels", number(node.channels)]);
  if (node.params) rows.push(["Parameters", number(node.params)]);
  if (node.macs) rows.push(["Multiply-adds", number(node.macs)]);
  return rows;
}

function keyOf(name) {
  return { "Stride": "stride", "Padding": "padding", "Aligned": "aligned" }[name];
}

function signed(value) {
  return value === null ? "?" : `${value > 0 ? "+" : ""}${number(value)}`;
}

function stretchText(axis, runs) {
  if (!runs.length) return `${safe(axis)} nothing`;
  const [low, high] = hullOf(runs);
  return `${safe(axis)} ${low} … ${high}`;
}

function lineOf(spec, path, line) {
  return spec.lines?.[path]?.[line];
}

function findingItem(spec, finding, choose) {
  const link = (name) => el("button", { type: "button", class: "link", onclick: () => choose(spec.byName.get(name)) }, safe(name));
  const layers = spec.rest.get(finding);
  const text = finding.line ? lineOf(spec, finding.path, finding.line) : undefined;
  const item = el("li", { class: `finding ${finding.severity}${finding.suppressed ? " suppressed" : ""}` });
  item.append(el("p", {}, el("strong", {}, `${finding.suppressed ? "suppressed " : ""}${finding.severity}`), ` ${finding.code} ${finding.name}: `, ...prose(finding.message)));
  if (text !== undefined) item.append(el("pre", { tabindex: 0, "aria-label": `Line ${finding.line} of ${safe(finding.path)}` }, el("span", { class: "where" }, `${safe(finding.path)}:${finding.line}`), `\n${safe(text)}`));
  if (finding.help) item.append(el("p", { class: "help" }, el("strong", {}, "Help: "), ...prose(finding.help)));
  if (layers.length) item.append(el("p", { class: "where" }, "Layers: ", ...[...new Set(layers)].slice(0, 12).flatMap((name, place) => [place ? ", " : "", link(name)]), layers.length > 12 ? ` and ${layers.length - 12} more` : ""));
  return item;
}

function layerTable(spec, input, choose) {
  const head = ["layer", "op", "map", "receptive field", "stride", "padding", "centre", "effective", "aligned"];
  const body = el("tbody");
  for (const node of spec.nodes.slice(spec.inputCount)) {
    const field = fieldOf(spec, node, inputSeen(spec, node, input));
    const cell = (values, show = number) => (values ? perAxis(values, show, " / ") : "–");
    body.append(
      el("tr", { "data-id": node.id },
        el("th", { scope: "row" }, el("button", { type: "button", class: "link", onclick: () => choose(node.id) }, safe(node.name))),
        ...[safe(node.op), extentText(node.size), sizeText(field), cell(field?.grid.stride, (value) => value ?? "?"), cell(field?.padding), cell(field?.center), cell(field?.effective), cell(field?.aligned, (value) => (value === null ? "?" : value ? "yes" : "no"))].map((text) => el("td", {}, text))));
  }
  return el("table", {}, el("caption", {}, `All ${spec.nodes.length - spec.inputCount} layers, with respect to ${safe(spec.nodes[input].name)}`), el("thead", {}, el("tr", {}, ...head.map((name) => el("th", { scope: "col" }, name)))), body);
}

function targetList(spec, choose) {
  return el("ul", { class: "targets" }, ...spec.targets.map((target) => el("li", { class: target.verdict },
    el("strong", {}, safe(target.name)), ` ${extentText(target.size)} at `,
    spec.byName.has(target.layer) ? el("button", { type: "button", class: "link", onclick: () => choose(spec.byName.get(target.layer)) }, safe(target.layer)) : safe(target.layer),
    `: seen whole ${VERDICT[target.verdict]} (sure up to ${extentText(target.guaranteed)})`)));
}

// Receptive field over depth, with the targets and the input as lines.
function drawChart(holder, spec, input, axis, chosen, choose) {
  const name = spec.nodes[input].name;
  const points = spec.nodes.slice(spec.inputCount).map((node) => ({ node, field: fieldOf(spec, node, input) })).filter(({ field }) => typeof field?.size[axis] === "number");
  holder.replaceChildren();
  if (!points.length) return void holder.append(el("p", { class: "note" }, "No layer has a receptive field of a known size."));
  const [width, height, left, bottom] = [Math.max(widthOf(holder, 640), 260), 260, 52, 34];
  const lines = spec.targets.filter((target) => target.input === name).map((target) => [safe(target.name), target.needed[axis], "target"]);
  const samples = spec.nodes[input].size[axis];
  if (typeof samples === "number") lines.push([`input ${safe(name)}`, samples, "input"]);
  const most = Math.max(...points.map(({ field }) => field.size[axis]));
  const top = Math.max(most, ...lines.map(([, size]) => size).filter((size) => size <= 2 * most)) * 1.06;
  const deepest = Math.max(...points.map(({ node }) => node.depth), 1);
  const x = (depth) => left + (depth / deepest) * (width - left - 14);
  const y = (size) => height - bottom - (size / top) * (height - bottom - 12);
  const shape = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "chart", role: "img", "aria-label": `Receptive field over depth along ${safe(spec.axes[axis])}: up to ${number(most)} samples after ${deepest} layers. The table has all numbers.` });
  const step = niceStep(top / 5);
  for (let size = 0; size <= top; size += step) {
    shape.append(svg("line", { x1: left, x2: width - 14, y1: y(size), y2: y(size), class: "grid" }));
    shape.append(svg("text", { x: left - 6, y: y(size) + 4, class: "tick end" }, number(size)));
  }
  const across = Math.max(Math.round(niceStep(deepest / 8)), 1);
  for (let depth = 0; depth <= deepest; depth += across) shape.append(svg("text", { x: x(depth), y: height - bottom + 16, class: "tick" }, depth));
  shape.append(svg("text", { x: (left + width) / 2, y: height - 3, class: "tick" }, "layers from the input (longest way)"));
  for (const [label, size, kind] of lines) {
    if (size > top) continue;
    shape.append(svg("line", { x1: left, x2: width - 14, y1: y(size), y2: y(size), class: `mark ${kind}` }));
    shape.append(svg("text", { x: width - 16, y: y(size) - 4, class: `tick end ${kind}` }, `${label}: ${number(size)}`));
  }
  for (const { node, field } of points) {
    if (field.effective[axis] !== null) shape.append(svg("circle", { cx: x(node.depth), cy: y(field.effective[axis]), r: 1.8, class: "effective" }));
  }
  for (const { node, field } of points) {
    const dot = svg("circle", { cx: x(node.depth), cy: y(field.size[axis]), r: node === chosen ? 6 : 3.5, class: `dot${node === chosen ? " chosen" : ""}`, "data-id": node.id });
    dot.append(svg("title", {}, `${safe(node.name)}: ${number(field.size[axis])}`));
    dot.addEventListener("click", () => choose(node.id));
    shape.append(dot);
  }
  const above = lines.filter(([, size]) => size > top).map(([label, size]) => `${label}: ${number(size)}`);
  holder.append(shape, el("p", { class: "note" }, "Large dots: receptive field. Small dots: effective field.", above.length ? ` Above the picture: ${above.join(", ")}.` : ""));
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-9)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? rough;
}
