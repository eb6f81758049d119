// The network, one box inside another: each level was laid out for itself, and a box that is opened stretches what is around it.

const INSET = 14;
const TITLE = 26;
const KIND = { node: 0, group: 1, entry: 2, exit: 3 };

// A map of coordinates that makes room for boxes that grow: [start, end, new size] each; everything keeps its order.
function stretching(grown) {
  const edges = [...new Set(grown.flatMap(([start, end]) => [start, end]))].sort((one, other) => one - other);
  const pieces = [];
  let shift = 0;
  for (let at = 0; at + 1 < edges.length; at++) {
    const [start, end] = [edges[at], edges[at + 1]];
    let factor = 1;
    for (const [from, to, size] of grown) if (from <= start && end <= to) factor = Math.max(factor, size / (to - from));
    pieces.push({ start, end, factor, shift });
    shift += (end - start) * (factor - 1);
  }
  return (coordinate) => {
    let [low, high] = [0, pieces.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pieces[middle].start <= coordinate) low = middle + 1;
      else high = middle;
    }
    if (!low) return coordinate;
    const { start, end, factor, shift: before } = pieces[low - 1];
    return coordinate + before + (Math.min(coordinate, end) - start) * (factor - 1);
  };
}

// A level and, inside of it, those of the groups that are open: positions from its own corner.
function arranged(drawing, number, open) {
  const level = drawing.levels[number];
  const inner = new Map();
  const [across, down] = [[], []];
  level.items.forEach(([kind, id, left, top, width, height], place) => {
    if (kind !== KIND.group || !open.has(id)) return;
    const child = arranged(drawing, drawing.groups[id].level, open);
    const size = [Math.max(child.width + 2 * INSET, width), child.height + TITLE + INSET];
    inner.set(place, { child, size });
    if (size[0] > width) across.push([left, left + width, size[0]]);
    if (size[1] > height) down.push([top, top + height, size[1]]);
  });
  const [x, y] = [stretching(across), stretching(down)];
  const items = level.items.map(([kind, id, left, top, width, height], place) => {
    const held = inner.get(place);
    const [wide, high] = held?.size ?? [width, height];
    const box = { kind, id, left: x(left + width / 2) - wide / 2, top: y(top), width: wide, height: high, child: held?.child ?? null };
    box.inset = held ? [(wide - held.child.width) / 2, TITLE] : [0, 0];
    return box;
  });
  const lines = level.routes.map(([from, to, points, carried]) => {
    const way = [];
    for (let at = 0; at < points.length; at += 2) way.push([x(points[at]), y(points[at + 1])]);
    way[0] = port(items[from], KIND.exit, carried);
    way[way.length - 1] = port(items[to], KIND.entry, carried);
    return { from: items[from], to: items[to], way, carried };
  });
  return { number, width: x(level.width), height: y(level.height), items, lines };
}

// Where a line meets a box: at the place where it goes on inside of it, if that is open.
function port(box, kind, carried) {
  const inside = box.child?.items.find((item) => item.kind === kind && item.id === carried);
  if (!inside) return [box.left + box.width / 2, kind === KIND.exit ? box.top + box.height : box.top];
  return [box.left + box.inset[0] + inside.left + inside.width / 2, box.top + box.inset[1] + inside.top + inside.height / 2];
}

function curve(way, [left, top]) {
  const at = ([x, y]) => `${(x + left).toFixed(1)} ${(y + top).toFixed(1)}`;
  let path = `M${at(way[0])}`;
  for (let place = 1; place < way.length; place++) {
    const [[fromX, fromY], [toX, toY]] = [way[place - 1], way[place]];
    const middle = (fromY + toY) / 2;
    path += Math.abs(fromX - toX) < 0.5 ? `L${at(way[place])}` : `C${at([fromX, middle])} ${at([toX, middle])} ${at([toX, toY])}`;
  }
  return path;
}

class Graph {
  constructor(holder, spec, { describe, preview, choose, toggle }) {
    Object.assign(this, { holder, spec, describe, preview, choose, toggle });
    this.open = new Set();
    this.scale = 1;
    this.picture = svg("svg", { class: "graph", role: "group", "aria-label": "Graph of the network" });
    holder.replaceChildren(this.picture);
    this.listen();
    this.draw();
    this.fit();
  }

  listen() {
    const box = (event) => event.target.closest?.("[data-key]");
    this.picture.addEventListener("mouseover", (event) => box(event) && this.preview(this.boxes.get(box(event).dataset.key)));
    this.picture.addEventListener("mouseleave", () => this.preview(null));
    this.picture.addEventListener("click", (event) => box(event) && !this.dragged && this.act(box(event).dataset.key));
    this.picture.addEventListener("keydown", (event) => this.pressed(event, box(event)));
    this.holder.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 300));
    }, { passive: false });
    this.holder.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse") return;
      const start = [event.clientX, event.clientY, this.holder.scrollLeft, this.holder.scrollTop];
      this.dragged = false;
      const move = (next) => {
        const [dx, dy] = [next.clientX - start[0], next.clientY - start[1]];
        if (Math.abs(dx) + Math.abs(dy) > 4) this.dragged = true;
        [this.holder.scrollLeft, this.holder.scrollTop] = [start[2] - dx, start[3] - dy];
      };
      window.addEventListener("pointermove", move);
      window.addEventListener("pointerup", () => window.removeEventListener("pointermove", move), { once: true });
    });
  }

  draw() {
    const { drawing } = this.spec;
    this.boxes = new Map();
    this.edges = [];
    const [lines, shapes] = [svg("g"), svg("g")];
    const outermost = arranged(drawing, 0, this.open);
    this.collect(outermost, [12, 12], lines, shapes);
    this.size = [outermost.width + 24, outermost.height + 24];
    this.picture.replaceChildren(lines, shapes);
    this.shownBox = new Map();
    for (const box of this.boxes.values()) for (const id of this.nodesOf(box)) if (!box.child) this.shownBox.set(id, box);
    this.resize();
  }

  collect(level, corner, lines, shapes) {
    for (const line of level.lines) {
      const path = svg("path", { d: curve(line.way, corner), class: "edge" });
      lines.append(path);
      this.edges.push({ ...line, path });
    }
    for (const item of level.items) {
      const [left, top] = [corner[0] + item.left, corner[1] + item.top];
      if (item.kind > KIND.group) continue;
      const key = `${item.kind === KIND.node ? "n" : "g"}${item.id}`;
      const box = { ...item, key, left, top };
      const { title, detail, label, colour } = this.describe(box);
      const shape = svg("g", { class: `box ${item.kind === KIND.node ? "layer" : "block"}${item.child ? " open" : ""} ${colour}`, "data-key": key, role: "button", tabindex: -1, "aria-label": label, "aria-expanded": item.kind === KIND.group ? String(Boolean(item.child)) : null });
      shape.append(svg("rect", { x: left, y: top, width: item.width, height: item.height, rx: item.kind === KIND.node ? 4 : 8 }));
      if (item.kind === KIND.group && !item.child) shape.append(svg("rect", { x: left + 3, y: top + 3, width: item.width - 6, height: item.height - 6, rx: 6, class: "inner" }));
      if (item.child) shape.append(svg("text", { x: left + 10, y: top + 17, class: "title start" }, title));
      else {
        shape.append(svg("text", { x: left + item.width / 2, y: top + 15, class: "title" }, title));
        shape.append(svg("text", { x: left + item.width / 2, y: top + 29, class: "detail" }, detail));
      }
      box.shape = shape;
      this.boxes.set(key, box);
      shapes.append(shape);
      if (item.child) this.collect(item.child, [left + item.inset[0], top + item.inset[1]], lines, shapes);
    }
  }

  // The node whose numbers a box shows.
  endOf(box) {
    return box.kind === KIND.node ? box.id : this.spec.drawing.groups[box.id].end;
  }

  nodesOf(box) {
    return box.kind === KIND.node ? [box.id] : this.spec.drawing.groups[box.id].nodes;
  }

  resize() {
    this.picture.setAttribute("viewBox", `0 0 ${this.size[0]} ${this.size[1]}`);
    this.picture.setAttribute("width", this.size[0] * this.scale);
    this.picture.setAttribute("height", this.size[1] * this.scale);
  }

  zoom(factor) {
    const { holder } = this;
    const before = this.scale;
    this.scale = Math.min(Math.max(before * factor, 0.1), 4);
    const middle = [holder.scrollLeft + holder.clientWidth / 2, holder.scrollTop + holder.clientHeight / 2];
    this.resize();
    holder.scrollLeft = (middle[0] * this.scale) / before - holder.clientWidth / 2;
    holder.scrollTop = (middle[1] * this.scale) / before - holder.clientHeight / 2;
  }

  fit() {
    this.scale = Math.min(Math.max((this.holder.clientWidth - 4) / this.size[0], 0.35), 1.1);
    this.resize();
    this.holder.scrollLeft = (this.size[0] * this.scale - this.holder.clientWidth) / 2;
  }

  act(key) {
    const box = this.boxes.get(key);
    if (box.kind === KIND.group) this.turn(box.id, key);
    else this.choose(box.id);
  }

  turn(group, key) {
    const before = this.boxes.get(key);
    const offset = [before.left * this.scale - this.holder.scrollLeft, before.top * this.scale - this.holder.scrollTop];
    if (!this.open.delete(group)) this.open.add(group);
    this.draw();
    // What was clicked stays where it is.
    const after = this.boxes.get(key);
    this.holder.scrollLeft = after.left * this.scale - offset[0];
    this.holder.scrollTop = after.top * this.scale - offset[1];
    this.toggle();
    this.focus(key);
  }

  setAll(open) {
    this.open = new Set(open ? this.spec.drawing.groups.map((_, id) => id) : []);
    this.draw();
    this.fit();
    this.toggle();
  }

  // Open what is around a node, and bring it to where it is seen.
  reveal(id) {
    let closed = false;
    for (let group = this.spec.drawing.around[id]; group >= 0; group = this.spec.drawing.groups[group].parent) {
      if (!this.open.has(group)) closed = true;
      this.open.add(group);
    }
    if (closed) this.draw();
    const box = this.boxes.get(`n${id}`);
    if (!box) return;
    const { holder, scale } = this;
    holder.scrollLeft = (box.left + box.width / 2) * scale - holder.clientWidth / 2;
    holder.scrollTop = (box.top + box.height / 2) * scale - holder.clientHeight / 2;
  }

  mark(id, { focus = false } = {}) {
    for (const box of this.boxes.values()) {
      const chosen = box.kind === KIND.node ? box.id === id : !box.child && this.nodesOf(box).includes(id);
      box.shape.classList.toggle("chosen", chosen);
      box.shape.setAttribute("tabindex", chosen ? 0 : -1);
      if (chosen && focus) box.shape.focus({ preventScroll: true });
    }
  }

  // Show which boxes lead to one.
  trace(id) {
    const before = new Set();
    if (id !== null) {
      const waiting = [id];
      while (waiting.length) {
        const here = waiting.pop();
        if (before.has(here)) continue;
        before.add(here);
        waiting.push(...this.spec.nodes[here].links.map((link) => link.id).filter((source) => source >= 0));
      }
    }
    const lit = new Set([...before].map((each) => this.shownBox.get(each)?.shape));
    for (const edge of this.edges) if (before.has(edge.carried) && this.leadsOn(edge.to, before)) lit.add(edge.path);
    for (const each of this.lit ?? []) if (!lit.has(each)) each.classList.remove("before");
    for (const each of lit) each?.classList.add("before");
    lit.delete(undefined);
    this.lit = lit;
  }

  leadsOn(item, before) {
    if (item.kind === KIND.node) return before.has(item.id);
    return item.kind === KIND.exit || item.kind === KIND.entry || this.nodesOf(item).some((id) => before.has(id));
  }

  focus(key) {
    const box = this.boxes.get(key);
    if (!box) return;
    for (const each of this.boxes.values()) each.shape.setAttribute("tabindex", each === box ? 0 : -1);
    box.shape.focus({ preventScroll: true });
    const { holder, scale } = this;
    const [left, top] = [box.left * scale, box.top * scale];
    if (left < holder.scrollLeft || left + box.width * scale > holder.scrollLeft + holder.clientWidth) holder.scrollLeft = left - holder.clientWidth / 2;
    if (top < holder.scrollTop || top + 40 > holder.scrollTop + holder.clientHeight) holder.scrollTop = top - holder.clientHeight / 2;
  }

  pressed(event, shape) {
    if (!shape) return;
    const box = this.boxes.get(shape.dataset.key);
    const others = [...this.boxes.values()].filter((each) => each !== box);
    const middle = (each) => [each.left + each.width / 2, each.child ? each.top + 10 : each.top + each.height / 2];
    const [x, y] = middle(box);
    const ways = {
      ArrowDown: ([toX, toY]) => (toY > y + 2 ? toY - y + Math.abs(toX - x) / 4 : Infinity),
      ArrowUp: ([toX, toY]) => (toY < y - 2 ? y - toY + Math.abs(toX - x) / 4 : Infinity),
      ArrowRight: ([toX, toY]) => (toX > x + 2 ? toX - x + 3 * Math.abs(toY - y) : Infinity),
      ArrowLeft: ([toX, toY]) => (toX < x - 2 ? x - toX + 3 * Math.abs(toY - y) : Infinity),
    };
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.act(box.key);
    } else if (event.key === "+" || event.key === "-") {
      this.zoom(event.key === "+" ? 1.25 : 0.8);
    } else if (ways[event.key] && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      const distance = (each) => ways[event.key](middle(each));
      const next = others.reduce((best, each) => (distance(each) < distance(best) ? each : best), box);
      if (distance(next) < Infinity && next !== box) {
        this.focus(next.key);
        this.choose(this.endOf(next), { quiet: true });
        this.focus(next.key);
      }
    }
  }

  // The picture as it is shown, as a file of its own.
  exported(style) {
    const copy = this.picture.cloneNode(true);
    copy.setAttribute("xmlns", SVG);
    for (const each of copy.querySelectorAll("[tabindex]")) each.removeAttribute("tabindex");
    copy.prepend(svg("style", {}, style));
    return new XMLSerializer().serializeToString(copy);
  }
}
