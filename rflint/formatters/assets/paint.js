// The pictures on canvas: a map with its cells, and the region that one of them sees on the input.

const MOST_PIXELS = 420;
const STRIP = 64;

let palette = {};

function readPalette() {
  const style = getComputedStyle(document.documentElement);
  const colour = (role) => style.getPropertyValue(`--${role}`).trim();
  palette = {
    ink: colour("ink"), muted: colour("dim"), line: colour("edge"), page: colour("paper"), surface: colour("paper"), outside: colour("cell"),
    region: colour("one"), padding: colour("two"), accent: colour("bad"), ideal: colour("good"), phase: colour("one"), target: colour("ink"),
  };
}

function rgb(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

// A canvas of so many CSS pixels, sharp on every screen.
function prepared(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

// The axes of a picture, downwards and to the right; null: a strip has no axis downwards.
function planesOf(count) {
  if (count === 1) return [[null, 0]];
  return count === 2 ? [[0, 1]] : [[1, 2], [0, 2], [0, 1]];
}

// Which stretch of the input each axis shows: all of it, or the region and what is around it.
function windowOf(feature, zoom) {
  return feature.map(({ nominal, samples }) => {
    const [low, high] = nominal.length ? hullOf(nominal) : [0, (samples ?? 1) - 1];
    if (zoom === "input" && samples !== null) {
      const margin = Math.max(samples * 0.12, 1);
      return [-margin, samples - 1 + margin];
    }
    const margin = Math.max((high - low + 1) * 0.15, 2);
    return [low - margin, high + margin];
  });
}

function fittingZoom(feature) {
  const shares = feature.map(({ nominal, samples }) => {
    const [low, high] = nominal.length ? hullOf(nominal) : [0, 0];
    return samples ? (high - low + 1) / samples : 1;
  });
  if (feature.some(({ samples }) => samples === null)) return "region";
  return Math.max(...shares) >= 0.04 ? "input" : "region";
}

// Per pixel of an axis, the share of its samples that `runs` hold, and the largest weight.
function profile(pixels, scale, from, runs, weights) {
  const [cover, weight] = [new Float32Array(pixels), new Float32Array(pixels)];
  for (let at = 0; at < runs.length; at += 2) {
    const [start, end] = [(runs[at] - 0.5 - from) * scale, (runs[at + 1] + 0.5 - from) * scale];
    const [first, last] = [Math.max(Math.floor(start), 0), Math.min(Math.ceil(end), pixels)];
    for (let pixel = first; pixel < last; pixel++) cover[pixel] += Math.min(end, pixel + 1) - Math.max(start, pixel);
  }
  if (weights) {
    let most = 0;
    for (const each of weights.weights) most = Math.max(most, each);
    for (let pixel = 0; pixel < pixels; pixel++) {
      const [first, last] = [Math.round(pixel / scale + from), Math.round((pixel + 1) / scale + from - 0.001)];
      let sum = 0;
      for (let sample = first; sample <= last; sample++) sum = Math.max(sum, weights.weights[sample - weights.low] ?? 0);
      weight[pixel] = most ? sum / most : 0;
    }
  }
  return { cover, weight };
}

// Paint what a feature sees; `view`: {feature, plane, window, zoom, weights, image, step, targets}; a window goes before a zoom.
function paintRegion(canvas, view) {
  const { feature, plane, weights } = view;
  const shown = view.window ?? windowOf(feature, view.zoom);
  const [down, right] = plane;
  const extents = plane.map((axis) => (axis === null ? 1 : shown[axis][1] - shown[axis][0] + 1));
  const room = Math.max(Math.min(widthOf(canvas.parentElement.parentElement, MOST_PIXELS), down === null ? 900 : MOST_PIXELS), 120);
  const scale = down === null ? room / extents[1] : Math.min(room / extents[1], MOST_PIXELS / extents[0]);
  const [height, width] = [down === null ? STRIP : Math.max(extents[0] * scale, 24), Math.max(extents[1] * scale, 24)];
  const context = prepared(canvas, width, height);
  // Sample s lies from s - 1/2 to s + 1/2.
  const from = plane.map((axis) => (axis === null ? 0 : shown[axis][0] - 0.5));
  const at = (place, coordinate) => (coordinate - from[place]) * scale;
  const stretch = (place, runs) => {
    if (plane[place] === null) return [0, STRIP];
    const [low, high] = hullOf(runs);
    return [at(place, low - 0.5), at(place, high + 0.5)];
  };
  const box = (runs) => {
    const [[top, bottom], [left, right]] = [stretch(0, runs[0]), stretch(1, runs[1])];
    return [left, top, right - left, bottom - top];
  };
  hatch(context, width, height);
  const sizes = plane.map((axis) => (axis === null ? 1 : feature[axis].samples));
  if (sizes.every((size) => size !== null)) {
    const frame = box(sizes.map((size) => [0, size - 1]));
    context.fillStyle = palette.surface;
    context.fillRect(...frame);
    if (view.image) context.drawImage(view.image, ...frame);
    context.strokeStyle = palette.ink;
    context.lineWidth = 1;
    context.strokeRect(...frame);
  }
  const runs = plane.map((axis) => (axis === null ? [0, 0] : feature[axis].nominal));
  if (runs.every((each) => each.length)) {
    shade(context, { width, height, scale, from, plane, runs, weights, sizes, image: view.image });
    if (scale >= 7) samplesOf(context, width, height, scale, from, down === null);
    outline(context, box(runs), palette.region, 2, []);
    const real = plane.map((axis) => (axis === null ? [0, 0] : feature[axis].clipped));
    const inside = runs.map((each, place) => (plane[place] === null || sizes[place] === null ? each : within(each, 0, sizes[place] - 1)));
    const apart = real.some((each, place) => each.length && inside[place].length && String(hullOf(each)) !== String(hullOf(inside[place])));
    if (apart && real.every((each) => each.length)) outline(context, box(real), palette.ink, 1, [2, 3]);
    if (weights) outline(context, effectiveBox(weights, plane, at, runs), palette.accent, 1.5, [6, 4]);
  }
  for (const size of view.targets ?? []) targetBox(context, size, { feature, plane, at, scale });
  rulers(context, view, { plane, at, scale, width, height });
  centres(context, feature, plane, at);
  return { scale, at, width, height };
}

function hatch(context, width, height) {
  context.fillStyle = palette.outside;
  context.fillRect(0, 0, width, height);
  context.strokeStyle = palette.line;
  context.lineWidth = 0.5;
  context.beginPath();
  for (let x = -height; x < width; x += 7) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
}

function shade(context, { width, height, scale, from, plane, runs, weights, sizes, image }) {
  const [wide, high] = [Math.max(Math.round(width), 1), Math.max(Math.round(height), 1)];
  const across = profile(wide, scale, from[1], runs[1], weights?.[plane[1]]);
  const downwards = plane[0] === null ? null : profile(high, scale, from[0], runs[0], weights?.[plane[0]]);
  const [inner, outer] = [rgb(palette.region), rgb(palette.padding)];
  const data = new ImageData(wide, high);
  const inside = (place, pixel) => sizes[place] === null || plane[place] === null || isInside(pixel / scale + from[place], sizes[place]);
  const insideX = Array.from({ length: wide }, (_, x) => inside(1, x + 0.5));
  for (let y = 0, at = 0; y < high; y++) {
    const [coverY, weightY] = downwards ? [downwards.cover[y], downwards.weight[y]] : [1, 1];
    const insideY = inside(0, y + 0.5);
    for (let x = 0; x < wide; x++, at += 4) {
      const cover = coverY * across.cover[x];
      if (!cover) continue;
      const real = insideY && insideX[x];
      const [red, green, blue] = real ? inner : outer;
      const weight = weights ? Math.sqrt(weightY * across.weight[x]) : 0.25;
      data.data[at] = red;
      data.data[at + 1] = green;
      data.data[at + 2] = blue;
      data.data[at + 3] = 255 * Math.min(cover, 1) * (image ? 0.12 + 0.5 * weight : 0.16 + 0.62 * weight) * (real ? 1 : 0.6);
    }
  }
  const sheet = shade.sheet ?? (shade.sheet = document.createElement("canvas"));
  [sheet.width, sheet.height] = [wide, high];
  sheet.getContext("2d").putImageData(data, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(sheet, 0, 0, width, height);
  context.imageSmoothingEnabled = true;
}

function isInside(coordinate, size) {
  return coordinate >= -0.5 && coordinate < size - 0.5;
}

function samplesOf(context, width, height, scale, from, strip) {
  context.strokeStyle = palette.line;
  context.lineWidth = 0.5;
  context.beginPath();
  for (let sample = Math.ceil(from[1] + 0.5) - 0.5; (sample - from[1]) * scale < width; sample++) {
    context.moveTo((sample - from[1]) * scale, 0);
    context.lineTo((sample - from[1]) * scale, height);
  }
  for (let sample = Math.ceil(from[0] + 0.5) - 0.5; !strip && (sample - from[0]) * scale < height; sample++) {
    context.moveTo(0, (sample - from[0]) * scale);
    context.lineTo(width, (sample - from[0]) * scale);
  }
  context.stroke();
}

function outline(context, [x, y, wide, high], colour, thickness, dashes) {
  context.strokeStyle = colour;
  context.lineWidth = thickness;
  context.setLineDash(dashes);
  context.strokeRect(x, y, wide, high);
  context.setLineDash([]);
}

function effectiveBox(weights, plane, at, runs) {
  const ends = plane.map((axis, place) => {
    if (axis === null) return null;
    const { mean, deviation } = momentsOf(weights[axis]);
    const half = Math.max(2 * deviation, 0.5);
    const [low, high] = hullOf(runs[place]);
    return [Math.max(mean - half, low - 0.5), Math.min(mean + half, high + 0.5)];
  });
  const [left, right] = ends[1].map((end) => at(1, end));
  const [top, bottom] = ends[0] ? ends[0].map((end) => at(0, end)) : [4, STRIP - 4];
  return [left, top, right - left, bottom - top];
}

function targetBox(context, size, { feature, plane, at, scale }) {
  const middle = (axis) => feature[axis].centre ?? (feature[axis].samples ?? 1) / 2;
  const width = size[plane[1]] * scale;
  const height = plane[0] === null ? STRIP - 16 : size[plane[0]] * scale;
  const left = at(1, middle(plane[1])) - width / 2;
  const top = plane[0] === null ? 8 : at(0, middle(plane[0])) - height / 2;
  outline(context, [left, top, width, height], palette.target, 1.5, [1, 3]);
}

// Along two sides, where the centres of all features of the map are, and where they were if it lay in the middle.
function rulers(context, { feature, stride }, { plane, at, scale, width, height }) {
  plane.forEach((axis, place) => {
    if (axis === null || feature[axis].centre === null || !stride[axis] || stride[axis] * scale < 8) return;
    const length = place ? width : height;
    for (const [start, colour, depth] of [[feature[axis].ideal, palette.ideal, 4], [feature[axis].centre, palette.accent, 8]]) {
      if (start === null) continue;
      context.strokeStyle = colour;
      context.lineWidth = 1.5;
      context.beginPath();
      const origin = at(place, start);
      const apart = stride[axis] * scale;
      for (let pixel = origin - Math.floor(origin / apart) * apart; pixel <= length; pixel += apart) {
        context.moveTo(...(place ? [pixel, 0] : [0, pixel]));
        context.lineTo(...(place ? [pixel, depth] : [depth, pixel]));
      }
      context.stroke();
    }
  });
}

function centres(context, feature, plane, at) {
  const placed = (name) => {
    if (plane.some((axis) => axis !== null && feature[axis][name] === null)) return null;
    return plane.map((axis, place) => (axis === null ? STRIP / 2 : at(place, feature[axis][name])));
  };
  const [ideal, centre] = [placed("ideal"), placed("centre")];
  if (ideal) {
    for (const [colour, thickness] of [[palette.page, 4], [palette.ideal, 2]]) {
      context.strokeStyle = colour;
      context.lineWidth = thickness;
      context.beginPath();
      context.arc(ideal[1], ideal[0], 6, 0, 2 * Math.PI);
      context.stroke();
    }
  }
  if (!centre) return;
  for (const [colour, thickness] of [[palette.page, 4], [palette.accent, 2]]) {
    context.strokeStyle = colour;
    context.lineWidth = thickness;
    context.beginPath();
    context.moveTo(centre[1] - 6, centre[0]);
    context.lineTo(centre[1] + 6, centre[0]);
    context.moveTo(centre[1], centre[0] - 6);
    context.lineTo(centre[1], centre[0] + 6);
    context.stroke();
  }
}

// Paint the cells of a map, the phases apart, one of them chosen.
function paintMap(canvas, node, periods, cell, plane) {
  const size = plane.map((axis) => (axis === null ? 1 : node.size[axis] ?? Math.max(2 * cell[axis] + 1, 9)));
  const room = Math.max(Math.min(widthOf(canvas.parentElement.parentElement, 200), plane[0] === null ? 900 : 200), 60);
  const scale = Math.min(room / size[1], plane[0] === null ? 28 : 200 / size[0], 28);
  const [height, width] = [plane[0] === null ? Math.max(Math.min(scale, 28), 22) : Math.max(size[0] * scale, 4), Math.max(size[1] * scale, 4)];
  const context = prepared(canvas, width, height);
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, width, height);
  const phases = plane.map((axis) => (axis === null ? 1 : periods[axis] ?? 1));
  const tall = plane[0] === null ? height : scale;
  if (scale >= 4) {
    for (let y = 0; y < size[0]; y++) {
      for (let x = 0; x < size[1]; x++) {
        const phase = ((y % phases[0]) / phases[0] + (x % phases[1]) / phases[1]) / 2;
        context.fillStyle = phases[0] * phases[1] > 1 ? palette.phase : palette.surface;
        context.globalAlpha = phases[0] * phases[1] > 1 ? 0.15 + 0.6 * phase : 1;
        context.fillRect(x * scale, y * tall, scale, tall);
      }
    }
    context.globalAlpha = 1;
    context.strokeStyle = palette.line;
    context.lineWidth = 0.5;
    for (let x = 0; x <= size[1]; x++) context.strokeRect(x * scale, 0, 0, height);
    for (let y = 0; y <= size[0]; y++) context.strokeRect(0, y * tall, width, 0);
  }
  context.strokeStyle = palette.muted;
  context.lineWidth = 1;
  context.strokeRect(0, 0, width, height);
  const place = plane.map((axis) => (axis === null ? 0 : cell[axis]));
  const least = Math.max(scale, 5);
  const [left, top] = [place[1] * scale + (scale - least) / 2, plane[0] === null ? 0 : place[0] * scale + (scale - least) / 2];
  context.fillStyle = palette.accent;
  context.fillRect(left, top, least, plane[0] === null ? height : least);
  canvas.cellAt = (x, y) => [y / tall, x / scale].map((each, way) => (plane[way] === null ? 0 : Math.min(Math.max(Math.floor(each), 0), size[way] - 1)));
}
