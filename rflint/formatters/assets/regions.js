// What one feature sees: from it back through all layers to the inputs, on one axis at a time.
//
// A set of samples is a list of runs, [low, high, low, high, ...], ascending and apart.  Steps are those of the report:
// output p + m * period reads t + m * advance for t in taps[p].

const MOST_RUNS = 100000;

function joined(runs) {
  let sorted = true;
  for (let at = 2; at < runs.length && sorted; at += 2) sorted = runs[at] >= runs[at - 2];
  if (!sorted) {
    const pairs = [];
    for (let at = 0; at < runs.length; at += 2) pairs.push([runs[at], runs[at + 1]]);
    pairs.sort((one, other) => one[0] - other[0]);
    runs = pairs.flat();
  }
  const kept = [];
  for (let at = 0; at < runs.length; at += 2) {
    const last = kept.length - 1;
    if (last > 0 && runs[at] <= kept[last] + 1) kept[last] = Math.max(kept[last], runs[at + 1]);
    else kept.push(runs[at], runs[at + 1]);
  }
  return kept;
}

function within(runs, low, high) {
  const kept = [];
  for (let at = 0; at < runs.length; at += 2) {
    const [start, end] = [Math.max(runs[at], low), Math.min(runs[at + 1], high)];
    if (start <= end) kept.push(start, end);
  }
  return kept;
}

// What the outputs in `runs` read.
function readBy(runs, axis) {
  const { period, advance, taps } = axis;
  const found = [];
  if (axis.span) runs = within(runs, axis.span[0], axis.span[1]);
  for (let at = 0; at < runs.length; at += 2) {
    const [start, end] = [runs[at], runs[at + 1]];
    if (period === 1 && taps[0]) {
      const [first, last, step] = taps[0];
      if (step === 1 && (start === end || last - first + 1 >= advance)) {
        found.push(start * advance + first, end * advance + last);
        continue;
      }
      if (advance === 1 && end - start + 1 >= step) {
        found.push(start + first, end + last);
        continue;
      }
    }
    if (found.length > MOST_RUNS) return hullOf(found);
    for (let index = start; index <= end; index++) {
      const turn = Math.floor(index / period);
      const phase = taps[index - turn * period];
      if (!phase) continue;
      const move = turn * advance;
      if (phase[2] === 1) found.push(phase[0] + move, phase[1] + move);
      else for (let tap = phase[0]; tap <= phase[1]; tap += phase[2]) found.push(tap + move, tap + move);
    }
  }
  return joined(found);
}

function hullOf(runs) {
  let [low, high] = [Infinity, -Infinity];
  for (const end of runs) [low, high] = [Math.min(low, end), Math.max(high, end)];
  return [low, high];
}

// By node, the runs of its map that feature `index` of a node sees.  `clipped`: in the finite network, where padding holds nothing.
// `only`: a path, as a set of nodes; what leads elsewhere is not followed.
function look(spec, id, axis, index, { clipped = false, only = null } = {}) {
  const { nodes } = spec;
  const wanted = new Array(id + 1).fill(null);
  wanted[id] = [index, index];
  for (let here = id; here >= spec.inputCount; here--) {
    if (!wanted[here] || !wanted[here].length) continue;
    const size = nodes[here].size[axis];
    const own = clipped && size !== null ? within(wanted[here], 0, size - 1) : wanted[here];
    wanted[here] = own;
    for (const link of nodes[here].links) {
      const taps = link.axes[axis];
      if (link.id < 0 || !taps.taps || (only && !only.has(link.id))) continue;
      let read = readBy(own, taps);
      const last = nodes[link.id].size[axis] - 1;
      if (clipped && nodes[link.id].size[axis] !== null) {
        read = link.clamps ? joined(read.map((end) => Math.min(Math.max(end, 0), last))) : within(read, 0, last);
      }
      if (read.length) wanted[link.id] = wanted[link.id] ? joined([...wanted[link.id], ...read]) : read;
    }
  }
  return wanted;
}

// How the weight of paths spreads over the samples of an input: taps of a window weigh the same, branches of a merge mix equally.
// The same as the effective field of the report rests on; `seen` is what `look` gave for an unclipped map.
function weigh(spec, id, axis, index, input, seen) {
  const { nodes } = spec;
  const reach = spec.reach[input];
  const held = new Array(id + 1).fill(null);
  const room = (node) => {
    if (held[node]) return held[node];
    const [low, high] = hullOf(seen[node]);
    return (held[node] = { low, weights: new Float64Array(high - low + 1) });
  };
  if (!reach[id] || !seen[input]?.length) return null;
  room(id).weights[0] = 1;
  for (let here = id; here >= spec.inputCount; here--) {
    if (!held[here]) continue;
    const links = nodes[here].links.filter((link) => link.id >= 0 && reach[link.id] && link.axes[axis].taps && seen[link.id]?.length);
    for (const link of links) spread(held[here], link.axes[axis], room(link.id), 1 / links.length);
    held[here] = null;
  }
  return held[input];
}

function spread(from, axis, to, share) {
  const { period, advance, taps } = axis;
  from.weights.forEach((weight, place) => {
    const index = from.low + place;
    if (!weight || (axis.span && (index < axis.span[0] || index > axis.span[1]))) return;
    const turn = Math.floor(index / period);
    const phase = taps[index - turn * period];
    if (!phase) return;
    const [first, last, step] = phase;
    const part = (weight * share) / ((last - first) / step + 1);
    const move = turn * advance - to.low;
    for (let tap = first; tap <= last; tap += step) to.weights[tap + move] += part;
  });
}

// Mean and standard deviation of weights.
function momentsOf({ low, weights }) {
  let [total, mean, square] = [0, 0, 0];
  weights.forEach((weight, place) => {
    total += weight;
    mean += weight * place;
    square += weight * place * place;
  });
  mean /= total;
  return { mean: low + mean, deviation: Math.sqrt(Math.max(square / total - mean * mean, 0)) };
}

// Everything about one feature with respect to one input, axis by axis.
function featureOf(spec, node, input, cell) {
  const known = new Map();
  const seenOn = (axis, index) => {
    const key = `${spec.twins[axis]} ${index}`;
    if (!known.has(key)) known.set(key, [look(spec, node.id, axis, index), look(spec, node.id, axis, index, { clipped: true })]);
    return known.get(key);
  };
  return cell.map((index, axis) => {
    const [nominal, clipped] = seenOn(axis, index);
    return {
      index,
      nominal: nominal[input] ?? [],
      clipped: clipped[input] ?? [],
      centre: centreOf(spec, node, input, axis, index),
      ideal: idealCentreOf(spec, node, input, axis, index),
      samples: spec.nodes[input].size[axis],
      all: nominal,
    };
  });
}
