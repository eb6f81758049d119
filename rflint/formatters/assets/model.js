// A spec of the report, looked up by name: nodes are the inputs, then the layers, in the order of the report.

function prepare(spec) {
  const inputs = Object.entries(spec.inputs).map(([name, input]) => ({ name, op: "input", size: input.size, reads: [], from: [], input: true }));
  const nodes = [...inputs, ...spec.layers];
  // What a layer reads stands before it; one that is called like an input is a flaw that findings tell of.
  const byName = new Map();
  nodes.forEach((node, id) => {
    node.id = id;
    node.seen = new Map(Object.entries(node.receptive_field ?? {}));
    node.links = node.reads.map((read) => ({ id: byName.get(read.from) ?? -1, clamps: read.clamps, axes: read.axes }));
    byName.set(node.name, id);
  });
  const inputByName = new Map(inputs.map((input, id) => [input.name, id]));
  const prepared = { ...spec, nodes, byName, inputByName, inputCount: inputs.length, reach: inputs.map((_, id) => reachOf(nodes, id)) };
  for (const node of nodes) {
    // Longest way from an input, counted in layers that do more than pass on what they read.
    const before = node.links.map((link) => (link.id < 0 ? 0 : nodes[link.id].depth ?? 0));
    node.passes = node.links.length > 0 && node.links.every((link) => link.axes.every(isIdentity));
    node.depth = node.input ? 0 : Math.max(0, ...before) + (node.passes ? 0 : 1);
  }
  prepared.twins = spec.axes.map((_, axis) => spec.axes.findIndex((_, other) => twins(nodes, other, axis)));
  prepared.rest = new Map(spec.findings.map((finding) => [finding, [finding.layer, ...finding.instances].filter((name) => byName.has(name))]));
  return prepared;
}

// Whether two axes are alike, in all that is read and in all sizes: what holds on one holds on the other.
function twins(nodes, one, other) {
  const same = (left, right) => left === right || JSON.stringify(left) === JSON.stringify(right);
  return one === other || nodes.every((node) => node.size[one] === node.size[other] && node.links.every((link) => same(link.axes[one], link.axes[other])));
}

function isIdentity(taps) {
  return taps.taps?.length === 1 && taps.advance === 1 && !taps.span && taps.taps[0] !== null && taps.taps[0][0] === 0 && taps.taps[0][1] === 0;
}

// Which nodes a local path from an input leads to.
function reachOf(nodes, input) {
  const reached = new Array(nodes.length).fill(false);
  reached[input] = true;
  for (const node of nodes) {
    if (node.links.some((link) => link.id >= 0 && reached[link.id] && link.axes.every((taps) => taps.taps))) reached[node.id] = true;
  }
  return reached;
}

// Of the inputs that a node sees, the one that is asked for, or else the first.
function inputSeen(spec, node, wanted) {
  if (node.input) return node.id;
  const seen = [...node.seen.keys()].map((name) => spec.inputByName.get(name));
  return seen.includes(wanted) ? wanted : seen[0] ?? 0;
}

function fieldOf(spec, node, input) {
  return node.seen.get(spec.nodes[input].name);
}

// `31/2` as a number; null where there is none.
function rational(text) {
  if (text === null || text === undefined) return null;
  const [over, under] = text.split("/").map(Number);
  return under ? over / under : over;
}

// Centre of a feature on one axis, in samples of the input; null where there is none.
function centreOf(spec, node, input, axis, index) {
  if (node.input) return index;
  const field = fieldOf(spec, node, input);
  const stride = rational(field?.grid.stride[axis]);
  const first = rational(field?.grid.center[axis]);
  return stride === null || first === null ? null : stride * index + first;
}

// Where the centre would be if the map lay in the middle of the input.
function idealCentreOf(spec, node, input, axis, index) {
  const stride = rational(fieldOf(spec, node, input)?.grid.stride[axis]);
  const samples = spec.nodes[input].size[axis];
  const size = node.size[axis];
  if (node.input) return index;
  return stride === null || samples === null || size === null ? null : (samples - 1) / 2 + stride * (index - (size - 1) / 2);
}

// The largest object that some feature sees whole wherever it lies, away from the border; null where that is not known.
function guaranteedSize(field, axis) {
  if (!field.phases[axis]) return null;
  const advance = field.advance[axis];
  const regions = field.phases[axis].filter((phase) => phase !== null);
  if (!regions.length || !advance) return 0;
  // Each region stands for all that are whole advances away: the one that begins in [0, advance) for it.
  const moved = regions.map(([low, high]) => [low, high].map((end) => end - Math.floor(low / advance) * advance));
  moved.sort((one, other) => one[0] - other[0]);
  let guaranteed = Infinity;
  let furthest = moved.reduce((most, [, end]) => Math.max(most, end), -Infinity) - advance;
  moved.forEach(([start, end], place) => {
    furthest = Math.max(furthest, end);
    // What begins one sample before the next region does is seen least far.
    const next = place + 1 < moved.length ? moved[place + 1][0] : moved[0][0] + advance;
    if (next > start) guaranteed = Math.min(guaranteed, furthest - next + 2);
  });
  return Math.max(guaranteed, 0);
}
