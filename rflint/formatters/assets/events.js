// Buttons, fields, keys, the image of the user; and how the page begins.

function listen() {
  byId("back").addEventListener("click", openIndex);
  byId("search").addEventListener("change", (event) => search(event.target.value));
  byId("search").addEventListener("keydown", (event) => event.key === "Enter" && search(event.target.value));
  byId("jump").addEventListener("change", (event) => {
    if (event.target.value) choose(Number(event.target.value));
    event.target.value = "";
  });
  byId("axis").addEventListener("change", (event) => {
    state.axis = Number(event.target.value);
    choose(state.node.id);
  });
  byId("input").addEventListener("change", (event) => {
    state.input = Number(event.target.value);
    state.graph.draw();
    refreshFor(state.input);
    choose(state.node.id);
  });
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => {
      state.zoom = button.dataset.zoom;
      choose(state.node.id);
    });
  }
  byId("open-all").addEventListener("click", () => state.graph.setAll(true));
  byId("close-all").addEventListener("click", () => state.graph.setAll(false));
  byId("fit").addEventListener("click", () => state.graph.fit());
  byId("zoom-in").addEventListener("click", () => state.graph.zoom(1.25));
  byId("zoom-out").addEventListener("click", () => state.graph.zoom(0.8));
  byId("save").addEventListener("click", saveGraph);
  byId("theme").addEventListener("click", turnTheme);
  byId("image").addEventListener("change", (event) => takeImage(event.target.files[0]));
  byId("no-image").addEventListener("click", () => takeImage(null));
  window.addEventListener("dragover", (event) => event.preventDefault());
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    takeImage(event.dataTransfer.files[0]);
  });
  window.addEventListener("hashchange", follow);
  window.addEventListener("resize", repaint);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  window.addEventListener("beforeprint", () => {
    document.documentElement.dataset.printing = "";
    repaint();
  });
  window.addEventListener("afterprint", () => {
    delete document.documentElement.dataset.printing;
    repaint();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName)) {
      event.preventDefault();
      byId("search").focus();
    }
  });
}

function search(text) {
  const { spec } = state;
  const name = text.trim().toLowerCase();
  if (!spec || !name) return;
  const names = spec.nodes.map((node) => safe(node.name).toLowerCase());
  const found = [names.indexOf(name), names.findIndex((each) => each.startsWith(name)), names.findIndex((each) => each.includes(name))].find((place) => place >= 0);
  byId("search-note").textContent = found === undefined ? `No layer is called like “${text}”.` : "";
  if (found !== undefined) {
    choose(found);
    state.graph.reveal(found);
    state.graph.mark(found);
  }
}

function repaint() {
  widths = new WeakMap();
  readPalette();
  if (state.node) show(state.node, state.cell, { settled: true });
}

function turnTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  repaint();
}

function takeImage(file) {
  if (!file) {
    state.image = null;
    byId("no-image").hidden = true;
    byId("image").value = "";
    return void repaint();
  }
  const image = new Image();
  const address = URL.createObjectURL(file);
  image.onload = () => {
    state.image = image;
    byId("no-image").hidden = false;
    byId("search-note").textContent = "";
    repaint();
  };
  image.onerror = () => {
    URL.revokeObjectURL(address);
    byId("search-note").textContent = `${safe(file.name)} is no image that this browser can show.`;
  };
  image.src = address;
}

function saveGraph() {
  const style = getComputedStyle(document.documentElement);
  const rules = [...document.styleSheets[0].cssRules].map((rule) => rule.cssText).filter((text) => /^\.(graph|box|edge|k-|is-)/.test(text));
  const text = `${state.graph.exported(rules.join("\n").replace(/var\((--[a-z0-9-]+)\)/g, (_, name) => style.getPropertyValue(name).trim()))}\n`;
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  el("a", { href: address, download: `${state.spec.name.replace(/[^\w.-]+/g, "_")}.svg` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

async function begin() {
  readPalette();
  index = await unpacked("index");
  count = index.length;
  drawIndex();
  listen();
  await follow();
  document.documentElement.dataset.ready = "";
}

// For tests, and for the curious: the computation behind the pictures.
window.rflint = { state, specAt, look, weigh, momentsOf, featureOf, guaranteedSize, choose, open };
begin().catch((error) => {
  byId("trouble").hidden = false;
  byId("trouble").textContent = `This page could not be opened: ${error.message}`;
});
