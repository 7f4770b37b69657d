/* The map. Rust says where each box lies in its schema; this puts the schemas beside one another, and draws what is in view: boxes with
   their columns from near, names from further off, and only colours from afar. */
{
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("map-data").textContent);
  const STATES = ["in-sync", "undecided", "changed", "unexpected", "missing"];
  const WORDS = ["in sync", "undecided", "changed", "unexpected: live only", "missing: desired only"];
  const SIGNS = ["=", "?", "≠", "+", "−"];
  const NEAR = 0.42;
  const NAMES = 0.2;
  const TITLE = 46;
  const FOLDED = { w: 300, h: 92 };
  const canvas = $("canvas");
  const svg = $("svg");
  const card = $("card");
  const inspector = $("inspector");
  const { tables, edges, width: WIDTH, head: HEAD, line: LINE } = data;

  const out = tables.map(() => []);
  const into = tables.map(() => []);
  edges.forEach(([from, to], at) => {
    out[from].push(at);
    into[to].push(at);
  });
  const drifted = tables.map((table, at) => at).filter((at) => tables[at].t > 0);

  let near = data.begin_near;
  const folded = new Set();
  let chosen = -1;
  let size = { w: 800, h: 500 };
  let view = { x: 0, y: 0, s: 1 };
  let lowest = 0.02;
  // What arrange() makes.
  let regions = [];
  let places = new Map();
  let whole = { w: 1, h: 1 };

  const el = (parent, name, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  };
  const tag = (parent, name, className, text) => {
    const node = document.createElement(name);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  };
  const cut = (text, most) => (text.length <= most ? text : text.slice(0, Math.max(1, most - 1)) + "…");
  const shortType = (name) =>
    name
      .replace(/^("[^"]*"|[^".]+)\./, "")
      .replace("character varying", "varchar")
      .replace("timestamp with time zone", "timestamptz")
      .replace("timestamp without time zone", "timestamp")
      .replace("double precision", "float8")
      .replace("character", "char");
  const counted = (n, noun) => `${n.toLocaleString("en-US")} ${noun}${n === 1 ? "" : "s"}`;

  /* Puts schemas in rows; a folded one is a small box. */
  const arrange = () => {
    const list = (near ? data.near : data.all).map((region) => {
      const fold = folded.has(region.s);
      return { region, fold, w: fold ? FOLDED.w : region.w, h: fold ? FOLDED.h : region.h + TITLE };
    });
    list.sort((a, b) => b.h - a.h || a.region.s - b.region.s);
    // Of all widths at which a row can end, the one at which most fits.
    const rows = (limit) => {
      const made = [];
      let [x, y, row] = [0, 0, 0];
      const all = { w: 1, h: 1 };
      for (const one of list) {
        if (x > 0 && x + one.w > limit + 1) {
          y += row + 60;
          x = 0;
          row = 0;
        }
        made.push({ ...one, x, y });
        all.w = Math.max(all.w, x + one.w);
        all.h = Math.max(all.h, y + one.h);
        x += one.w + 60;
        row = Math.max(row, one.h);
      }
      return { made, all, scale: Math.min(size.w / all.w, size.h / all.h) };
    };
    const widest = Math.max(1, ...list.map((one) => one.w));
    let sum = 0;
    const limits = list.slice(0, 60).map((one) => Math.max(widest, (sum += one.w + 60)));
    const best = [widest, ...limits].map(rows).reduce((a, b) => (b.scale > a.scale * 1.02 ? b : a));
    regions = [];
    places = new Map();
    whole = best.all;
    for (const { region, fold, w, h, x, y } of best.made) {
      const at = { s: region.s, fold, x, y, w, h, region };
      regions.push(at);
      for (const [table, left, top] of region.b) {
        places.set(
          table,
          fold
            ? { x, y, w, h, fold: at, of: at }
            : { x: x + left, y: y + TITLE + top, w: WIDTH, h: tables[table].h, fold: null, of: at },
        );
      }
    }
    $("map-empty").hidden = regions.length > 0;
  };

  /* The way from the table that refers to the one that is referred to: it leaves and arrives sideways. */
  const way = (edge, lane) => {
    const [from, to] = edges[edge];
    const a = places.get(from);
    const b = places.get(to);
    if (!a || !b || (a.fold && a.fold === b.fold)) return null;
    const spread = (box, n) => box.y + Math.min(box.h - 8, HEAD / 2 + ((n % 9) - (box.h > 60 ? 0 : 4)) * 5);
    const ay = spread(a, lane);
    const by = b.y + HEAD / 2 + ((lane % 5) - 2) * 3;
    if (from === to) {
      const x = a.x + a.w;
      return { d: `M${x} ${a.y + 12}c34 0 34 24 0 24`, x, y: a.y + 36, turn: -1, length: 0 };
    }
    let ax;
    let bx;
    let out1;
    let out2;
    if (b.x + b.w <= a.x) [ax, bx, out1, out2] = [a.x, b.x + b.w, -1, 1];
    else if (b.x >= a.x + a.w) [ax, bx, out1, out2] = [a.x + a.w, b.x, 1, -1];
    else [ax, bx, out1, out2] = [a.x, b.x, -1, -1];
    const bend = Math.max(34, Math.min(160, Math.abs(ax - bx) / 2));
    return {
      d: `M${ax} ${ay}C${ax + out1 * bend} ${ay} ${bx + out2 * bend} ${by} ${bx} ${by}`,
      x: bx,
      y: by,
      turn: out2,
      length: Math.hypot(ax - bx, ay - by),
    };
  };

  const neighbours = (at) => {
    const found = new Set();
    for (const edge of out[at]) found.add(edges[edge][1]);
    for (const edge of into[at]) found.add(edges[edge][0]);
    found.delete(at);
    return found;
  };

  /* Text over lines that fit, broken after underscores, and inside a word that is too long. */
  const broken = (name, perLine, lines) => {
    const most = Math.max(1, perLine);
    const parts = (name.match(/[^_]+_*|_+/g) || [name]).flatMap((part) => {
      const pieces = [];
      for (let at = 0; at < part.length; at += most) pieces.push(part.slice(at, at + most));
      return pieces;
    });
    const made = [];
    let line = "";
    for (const part of parts) {
      if (line && line.length + part.length > perLine) {
        made.push(line);
        line = "";
      }
      line += part;
    }
    made.push(line);
    const kept = made.slice(0, Math.max(1, lines));
    if (made.length > kept.length) kept[kept.length - 1] += "…";
    return kept.map((text) => cut(text, perLine));
  };

  const boxNear = (layer, at, box, faded) => {
    const table = tables[at];
    const group = el(layer, "g", {
      class: `${STATES[table.t]}${faded ? " faded" : ""}`,
      transform: `translate(${box.x} ${box.y})`,
      "data-table": table.q,
    });
    el(group, "rect", { class: "box", width: box.w, height: box.h, rx: 6 });
    el(group, "path", {
      class: "head",
      d: box.h > HEAD
        ? `M1 ${HEAD}V7a6 6 0 0 1 6-6H${box.w - 7}a6 6 0 0 1 6 6V${HEAD}Z`
        : `M7 1H${box.w - 7}a6 6 0 0 1 6 6V${HEAD - 7}a6 6 0 0 1-6 6H7a6 6 0 0 1-6-6V7a6 6 0 0 1 6-6Z`,
    });
    el(group, "text", { class: "mark", x: 11, y: 22, "font-size": 14 }, SIGNS[table.t]);
    el(group, "text", { class: "name", x: 27, y: 22, "font-size": 12.5 }, cut(table.n, table.f ? 22 : 25));
    if (table.f) {
      el(group, "circle", { class: "bubble", cx: box.w - 18, cy: HEAD / 2, r: 9 });
      el(group, "text", { class: "bubble-text", x: box.w - 18, y: HEAD / 2 + 4, "font-size": 11, "text-anchor": "middle" }, table.f > 99 ? "99" : table.f);
    }
    const shown = table.c.filter(([, , flags]) => flags & 8);
    shown.forEach(([name, type, flags], row) => {
      const y = HEAD + row * LINE;
      const state = flags >> 4;
      const line = el(group, "g", { class: `row ${state ? STATES[state] : ""}` });
      if (state) el(line, "rect", { class: "row-ground", x: 1.5, y: y + 1.5, width: box.w - 3, height: LINE - 1 });
      const kind = shortType(data.types[type]);
      const room = 28 - Math.min(kind.length, 13);
      const sign = state ? SIGNS[state] : flags & 1 ? "◆" : flags & 2 ? "→" : "";
      if (sign) el(line, "text", { class: "key", x: 11, y: y + 14, "font-size": 11 }, sign);
      el(line, "text", { class: "col", x: 27, y: y + 14, "font-size": 11, ...(flags & 1 ? { "font-weight": 700 } : {}) }, cut(name, room));
      el(line, "text", { class: "type", x: box.w - 9, y: y + 14, "font-size": 11, "text-anchor": "end" }, cut(kind, 13));
    });
    if (shown.length < table.c.length && box.h > HEAD) {
      const more = table.c.length - shown.length;
      el(group, "text", { class: "more", x: 27, y: HEAD + shown.length * LINE + 14, "font-size": 11 }, `${more} ${shown.length ? "more" : more === 1 ? "column" : "columns"}`);
    }
  };

  const boxNamed = (layer, at, box, faded) => {
    const table = tables[at];
    const group = el(layer, "g", { class: `${STATES[table.t]}${faded ? " faded" : ""}`, transform: `translate(${box.x} ${box.y})` });
    el(group, "rect", { class: `far ${STATES[0]}`, width: box.w, height: box.h, rx: 6 });
    el(group, "rect", { class: table.t ? "head" : "box", width: box.w, height: box.h, rx: 6 });
    if (table.t) el(group, "rect", { class: "box", width: box.w, height: box.h, rx: 6, "fill-opacity": 0 });
    const font = Math.min(9.5 / view.s, 44);
    const lines = broken(table.t ? `${SIGNS[table.t]} ${table.n}` : table.n, Math.floor((box.w - 10) / (font * 0.605)), Math.floor((box.h - 4) / (font * 1.08)));
    lines.forEach((text, row) => el(group, "text", { x: 7, y: font * (1 + row * 1.08), "font-size": font, class: table.t ? "mark" : "" }, text));
  };

  /* Names of a constant size where there is room for them. */
  const labels = (layer, wanted, all) => {
    const px = 11.5;
    const taken = [];
    for (const { text, x, y, className } of wanted) {
      const sx = (x - view.x) * view.s;
      const sy = (y - view.y) * view.s;
      const w = text.length * px * 0.56;
      if (!all && (sx + w / 2 < 0 || sx - w / 2 > size.w || sy < 0 || sy > size.h)) continue;
      const box = [sx - w / 2 - 4, sy - px, sx + w / 2 + 4, sy + 4];
      if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) continue;
      taken.push(box);
      el(layer, "text", { class: `label ${className}`, x, y, "font-size": px / view.s, "stroke-width": 3 / view.s, "text-anchor": "middle" }, text);
    }
  };

  const draw = (everything) => {
    const { x, y, s } = view;
    svg.setAttribute("viewBox", `${x} ${y} ${size.w / s} ${size.h / s}`);
    const margin = 120 / s;
    const [left, top, right, bottom] = [x - margin, y - margin, x + size.w / s + margin, y + size.h / s + margin];
    const seen = (box) => everything || (box.x < right && box.x + box.w > left && box.y < bottom && box.y + box.h > top);
    const close = chosen >= 0 ? neighbours(chosen) : null;
    const fades = (at) => close !== null && at !== chosen && !close.has(at);
    svg.replaceChildren();
    const ground = el(svg, "g", {});
    const lines = el(svg, "g", {});
    const boxes = el(svg, "g", {});
    const above = el(svg, "g", {});
    const wanted = [];

    for (const at of regions) {
      if (!seen(at)) continue;
      const name = data.schemas[at.s];
      const font = Math.max(19, Math.min(13 / s, 400));
      if (at.fold) {
        const members = at.region.b.map(([table]) => table);
        const worst = Math.max(...members.map((table) => tables[table].t));
        const hit = members.filter((table) => tables[table].t).length;
        const group = el(boxes, "g", { class: STATES[worst] });
        el(group, "rect", { class: worst ? "box" : "fold", x: at.x, y: at.y, width: at.w, height: at.h, rx: 10 });
        el(group, "text", { class: "region-name", x: at.x + 16, y: at.y + 36, "font-size": 20 }, `▸ ${cut(name, 22)}`);
        el(group, "text", { class: "more", x: at.x + 16, y: at.y + 66, "font-size": 15 }, `${counted(members.length, "table")}${hit ? `, ${hit} drifted` : ""}`);
        continue;
      }
      if (data.schemas.length > 1) {
        el(ground, "rect", { class: "region", x: at.x - 12, y: at.y - 8, width: at.w + 24, height: at.h + 20, rx: 14, "stroke-width": 1, "vector-effect": "non-scaling-stroke" });
        el(s < NAMES ? above : ground, "text", { class: `region-name${s < NAMES ? " label" : ""}`, x: at.x + 4, y: at.y + 26, "font-size": s < NAMES ? Math.max(19, 13 / s) : font, "stroke-width": s < NAMES ? 3 / s : 0 }, `▾ ${name}`);
      }
      for (const [ax, ay, aw, ah, heart, count] of at.region.a) {
        const area = { x: at.x + ax, y: at.y + TITLE + ay, w: aw, h: ah };
        if (!seen(area)) continue;
        if (count > 1) el(ground, "rect", { class: "area", x: area.x, y: area.y, width: area.w, height: area.h, rx: 12 });
        if (heart !== null && count > 3 && s < NAMES && area.w * s > 44) {
          const box = places.get(heart);
          wanted.push({ text: cut(tables[heart].n, 26), x: box.x + box.w / 2, y: box.y + box.h / 2, className: "heart", rank: -count });
        }
      }
    }

    // Lines: all of them on a small map; else the short ones, those that drifted, and those of the chosen table.
    const many = places.size > 150;
    const quiet = [];
    const dotted = [];
    const special = [];
    const lanes = new Map();
    edges.forEach(([from, to, state, parent], at) => {
      if (!places.has(from) || !places.has(to)) return;
      const lane = lanes.get(from) || 0;
      lanes.set(from, lane + 1);
      const mine = chosen >= 0 && (from === chosen || to === chosen);
      const a = places.get(from);
      const b = places.get(to);
      if (!mine && !(seen(a) || seen(b))) return;
      const found = way(at, lane);
      if (!found) return;
      const plain = state === 0 || state === 1;
      if (!mine && plain && many && found.length > 700) return;
      if (mine || !plain) special.push({ ...found, state, mine, parent });
      else (parent ? dotted : quiet).push(found);
    });
    const faint = chosen >= 0 ? " faded" : "";
    if (quiet.length) el(lines, "path", { class: `edge${faint}`, d: quiet.map((one) => one.d).join("") });
    if (dotted.length) el(lines, "path", { class: `edge parent${faint}`, d: dotted.map((one) => one.d).join("") });
    const tip = (one) => {
      const k = Math.min(2.2, Math.max(1, 0.6 / s));
      return `M${one.x} ${one.y}l${one.turn * 8 * k} ${-4 * k}v${8 * k}Z`;
    };
    if (s >= NAMES && quiet.length) el(lines, "path", { class: `tip${faint}`, d: quiet.map(tip).join("") });
    for (const one of special) {
      const name = `${one.state > 1 ? STATES[one.state] : ""}${one.mine ? " chosen" : chosen >= 0 ? " faded" : ""}`;
      el(lines, "path", { class: `edge ${one.parent ? "parent " : ""}${name}`, d: one.d });
      el(lines, "path", { class: `tip ${name}`, d: tip(one) });
    }

    // Boxes.
    const far = STATES.map(() => ["", ""]);
    for (const [at, box] of places) {
      if (box.fold || !seen(box)) continue;
      if (s >= NEAR) boxNear(boxes, at, box, fades(at));
      else if (s >= NAMES) boxNamed(boxes, at, box, fades(at));
      else far[tables[at].t][fades(at) ? 1 : 0] += `M${box.x} ${box.y}h${box.w}v${box.h}h${-box.w}Z`;
      if (s < NAMES && (tables[at].t || at === chosen)) {
        wanted.push({ text: `${SIGNS[tables[at].t]} ${cut(tables[at].n, 30)}`, x: box.x + box.w / 2, y: box.y - 4 / s, className: STATES[tables[at].t], rank: at === chosen ? -1e9 : -1e6 * tables[at].t });
      }
    }
    far.forEach((pair, state) =>
      pair.forEach((d, faded) => {
        if (d) el(boxes, "path", { class: `far ${STATES[state]}${faded ? " faded" : ""}`, d });
      }),
    );
    if (chosen >= 0) {
      for (const at of [chosen, ...close]) {
        const box = places.get(at);
        if (box && seen(box)) el(above, "rect", { class: at === chosen ? "ring" : "ring near", x: box.x - 3, y: box.y - 3, width: box.w + 6, height: box.h + 6, rx: 8 });
      }
    }
    wanted.sort((a, b) => a.rank - b.rank);
    labels(above, wanted, everything);
    canvas.dataset.tables = places.size;
    canvas.dataset.scale = s.toFixed(4);
    canvas.dataset.drawn = "yes";
  };

  let waiting = false;
  const redraw = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw(false);
    });
  };

  const clamp = () => {
    view.s = Math.min(2.4, Math.max(lowest, view.s));
    const room = 0.7;
    view.x = Math.min(whole.w - (size.w / view.s) * (1 - room), Math.max(-(size.w / view.s) * room, view.x));
    view.y = Math.min(whole.h - (size.h / view.s) * (1 - room), Math.max(-(size.h / view.s) * room, view.y));
  };
  const fitted = () => {
    const pad = 26;
    const s = Math.min((size.w - 2 * pad) / whole.w, (size.h - 2 * pad) / whole.h, 1);
    return { s, x: whole.w / 2 - size.w / s / 2, y: whole.h / 2 - size.h / s / 2 };
  };
  const fit = () => {
    view = fitted();
    lowest = view.s * 0.6;
    redraw();
  };
  const zoom = (factor, cx = size.w / 2, cy = size.h / 2) => {
    const before = { x: view.x + cx / view.s, y: view.y + cy / view.s };
    view.s = Math.min(2.4, Math.max(lowest, view.s * factor));
    view.x = before.x - cx / view.s;
    view.y = before.y - cy / view.s;
    clamp();
    redraw();
  };
  const pan = (dx, dy) => {
    view.x += dx / view.s;
    view.y += dy / view.s;
    clamp();
    redraw();
  };
  const centre = (at, closer) => {
    const box = places.get(at);
    if (!box) return;
    if (closer) view.s = Math.max(view.s, 0.85);
    view.x = box.x + box.w / 2 - size.w / view.s / 2;
    view.y = box.y + Math.min(box.h / 2, (size.h / view.s) * 0.4) - size.h / view.s / 2;
    clamp();
    redraw();
  };
  const again = () => {
    arrange();
    fit();
  };

  const describe = (parent, at) => {
    const table = tables[at];
    tag(parent, "p", "table-name", table.q);
    const state = tag(parent, "p", `table-state ${STATES[table.t]}`);
    tag(state, "span", "sign", SIGNS[table.t]).setAttribute("aria-hidden", "true");
    state.append(WORDS[table.t] + (table.f ? `, ${counted(table.f, "finding")}` : ""));
  };
  const columnTable = (parent, at, most) => {
    const list = tag(parent, "table", "columns");
    for (const [name, type, flags] of tables[at].c.slice(0, most)) {
      const state = flags >> 4;
      const row = tag(list, "tr", state ? STATES[state] : "");
      const keys = [flags & 1 ? "PK" : "", flags & 2 ? "FK" : ""].filter(Boolean).join(" ");
      tag(row, "td", "", state ? `${SIGNS[state]} ${keys}` : keys);
      tag(row, "td", "", name);
      tag(row, "td", "", `${shortType(data.types[type])}${flags & 4 ? " NOT NULL" : ""}`);
    }
    const more = tables[at].c.length - most;
    if (more > 0) tag(parent, "p", "dim", counted(more, "more column"));
  };
  const links = (title, list, other) => {
    const found = Array.from(new Set(list.map((edge) => edges[edge][other])));
    if (!found.length) return;
    tag(inspector, "h3", "", `${title} (${found.length})`);
    for (const at of found.slice(0, 40)) {
      const button = tag(inspector, "button", "link jump", `${tables[at].t ? `${SIGNS[tables[at].t]} ` : ""}${tables[at].q}`);
      button.type = "button";
      button.addEventListener("click", () => go(at));
    }
    if (found.length > 40) tag(inspector, "p", "dim", `and ${found.length - 40} more`);
  };

  const choose = (at) => {
    if (chosen === at) return;
    chosen = at;
    inspector.hidden = at < 0;
    inspector.replaceChildren();
    card.hidden = true;
    if (at >= 0) {
      const table = tables[at];
      describe(inspector, at);
      const actions = tag(inspector, "div", "actions");
      if (table.f) {
        const show = tag(actions, "button", "button", `Show its ${counted(table.f, "finding")}`);
        show.type = "button";
        show.addEventListener("click", showFindings);
      }
      const close = tag(actions, "button", "button quiet", "Let go");
      close.type = "button";
      close.addEventListener("click", () => {
        choose(-1);
        canvas.focus({ preventScroll: true });
      });
      columnTable(inspector, at, 400);
      links("Refers to", out[at], 1);
      links("Referred to by", into[at], 0);
      inspector.scrollTop = 0;
    }
    $("map-said").textContent = at < 0 ? "No table is chosen" : `${tables[at].q}, ${WORDS[tables[at].t]}, ${counted(tables[at].f, "finding")}, ${counted(neighbours(at).size, "neighbour")}`;
    if (page.filterTable) page.filterTable(at >= 0 && tables[at].f ? tables[at].q : null);
    redraw();
  };
  page.letGo = () => {
    if (chosen >= 0) {
      chosen = -1;
      inspector.hidden = true;
      redraw();
    }
  };
  const showFindings = () => {
    enlarge(false);
    $("findings").scrollIntoView({ block: "start" });
    const first = document.querySelector(".finding:not([hidden]) summary");
    if (first) first.focus({ preventScroll: true });
  };
  const setNear = (value) => {
    near = value;
    $("map-near").checked = value;
  };
  /* To a table, wherever it is. */
  const go = (at) => {
    let changed = false;
    if (near && !data.near.some((region) => region.b.some(([table]) => table === at))) {
      setNear(false);
      changed = true;
    }
    if (folded.delete(tables[at].s)) {
      listSchemas();
      changed = true;
    }
    if (changed) {
      arrange();
      lowest = fitted().s * 0.6;
    }
    choose(at);
    // The inspector takes some of the room.
    measure();
    centre(at, true);
  };

  const hit = (x, y) => {
    for (const [at, box] of places) {
      if (!box.fold && x >= box.x && x <= box.x + box.w && y >= box.y && y <= box.y + box.h) return { table: at };
    }
    for (const at of regions) {
      const high = at.fold ? at.h : Math.max(TITLE, 26 / view.s);
      if ((at.fold || data.schemas.length > 1) && x >= at.x && x <= at.x + at.w && y >= at.y && y <= at.y + high) return { region: at };
    }
    return {};
  };
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    return { x, y, mx: view.x + x / view.s, my: view.y + y / view.s };
  };
  const fold = (s, value) => {
    if (value) folded.add(s);
    else folded.delete(s);
    listSchemas();
    again();
  };

  // Pointers: one moves, two zoom.
  const pointers = new Map();
  let moved = 0;
  let apart = 0;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    pointers.set(event.pointerId, point(event));
    moved = 0;
    apart = 0;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const at = point(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      hover(event, at);
      return;
    }
    pointers.set(event.pointerId, at);
    if (pointers.size === 2) {
      const [a, b] = Array.from(pointers.values());
      const now = Math.hypot(a.x - b.x, a.y - b.y);
      if (apart) zoom(now / apart, (a.x + b.x) / 2, (a.y + b.y) / 2);
      apart = now;
      moved = 99;
      return;
    }
    moved += Math.abs(at.x - before.x) + Math.abs(at.y - before.y);
    if (moved > 4) {
      canvas.classList.add("dragging");
      card.hidden = true;
      pan(before.x - at.x, before.y - at.y);
    }
  });
  const release = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    canvas.classList.remove("dragging");
    if (event.type !== "pointerup" || moved > 4) return;
    const at = point(event);
    const found = hit(at.mx, at.my);
    if (found.region) fold(found.region.s, !found.region.fold);
    else choose(found.table === undefined ? -1 : found.table);
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => {
    card.hidden = true;
  });
  canvas.addEventListener("dblclick", (event) => {
    const at = point(event);
    zoom(1.8, at.x, at.y);
  });
  let under = -1;
  const hover = (event, at) => {
    if (event.pointerType !== "mouse") return;
    const found = hit(at.mx, at.my);
    canvas.style.cursor = found.table !== undefined || found.region ? "pointer" : "";
    if (found.table === undefined) {
      under = -1;
      card.hidden = true;
      return;
    }
    if (under !== found.table) {
      under = found.table;
      card.replaceChildren();
      describe(card, under);
      columnTable(card, under, 16);
    }
    card.hidden = false;
    const x = at.x + 18 + card.offsetWidth > size.w ? at.x - card.offsetWidth - 14 : at.x + 18;
    const y = Math.min(at.y + 12, size.h - card.offsetHeight - 6);
    card.style.transform = `translate(${Math.max(4, x)}px, ${Math.max(4, y)}px)`;
  };
  // The page scrolls under the wheel until the map has the focus.
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (document.activeElement !== canvas && !event.ctrlKey && !event.metaKey && !$("map-frame").classList.contains("large")) return;
      event.preventDefault();
      const at = point(event);
      const lines = event.deltaMode === 1 ? 16 : 1;
      zoom(Math.exp(-event.deltaY * lines * 0.0016), at.x, at.y);
    },
    { passive: false },
  );

  const step = (by) => {
    const list = drifted.filter((at) => !near || places.has(at));
    if (!list.length) return;
    const at = list.indexOf(chosen);
    go(list[(at + by + list.length + (at < 0 && by < 0 ? 1 : 0)) % list.length]);
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = {
      ArrowLeft: () => pan(-90, 0),
      ArrowRight: () => pan(90, 0),
      ArrowUp: () => pan(0, -90),
      ArrowDown: () => pan(0, 90),
      "+": () => zoom(1.3),
      "=": () => zoom(1.3),
      "-": () => zoom(1 / 1.3),
      0: fit,
      n: () => step(1),
      p: () => step(-1),
      Enter: () => chosen >= 0 && tables[chosen].f && showFindings(),
      Escape: () => (chosen >= 0 ? choose(-1) : enlarge(false)),
    };
    const act = Object.hasOwn(keys, event.key) && keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  $("map-in").addEventListener("click", () => zoom(1.4));
  $("map-out").addEventListener("click", () => zoom(1 / 1.4));
  $("map-fit").addEventListener("click", fit);
  const enlarge = (value) => {
    const frame = $("map-frame");
    if (frame.classList.contains("large") === value) return;
    frame.classList.toggle("large", value);
    $("map-large").setAttribute("aria-pressed", String(value));
    $("map-large").textContent = value ? "Shrink" : "Enlarge";
    document.body.style.overflow = value ? "hidden" : "";
    measure();
    fit();
  };
  $("map-large").addEventListener("click", () => enlarge(!$("map-frame").classList.contains("large")));
  $("map-near").addEventListener("change", (event) => {
    setNear(event.target.checked);
    again();
  });

  // Finding a table.
  const search = $("map-search");
  const matches = (text) => {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return [];
    const rank = ({ n, q }) => {
      const [name, full] = [n.toLowerCase(), q.toLowerCase()];
      if (name === wanted || full === wanted) return 0;
      if (name.startsWith(wanted)) return 1;
      return full.includes(wanted) ? 2 : 9;
    };
    return tables
      .map((table, at) => [rank(table), at])
      .filter(([value]) => value < 9)
      .sort((a, b) => a[0] - b[0] || tables[a[1]].n.length - tables[b[1]].n.length || a[1] - b[1])
      .map(([, at]) => at);
  };
  search.addEventListener("input", () => {
    const list = $("map-names");
    list.replaceChildren();
    const found = matches(search.value);
    for (const at of found.slice(0, 20)) tag(list, "option").value = tables[at].q;
    const exact = found.find((at) => tables[at].q === search.value);
    if (exact !== undefined) go(exact);
  });
  let turn = 0;
  let last = "";
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const found = matches(search.value);
    turn = last === search.value ? turn + 1 : 0;
    last = search.value;
    if (found.length) go(found[turn % found.length]);
    else $("map-said").textContent = "No table is called so";
  });

  const listSchemas = () => {
    const body = $("map-schema-list");
    body.replaceChildren();
    data.all.forEach(({ s, b }) => {
      const label = tag(body, "label");
      const box = tag(label, "input");
      box.type = "checkbox";
      box.checked = !folded.has(s);
      box.addEventListener("change", () => fold(s, !box.checked));
      tag(label, "span", "", data.schemas[s]);
      tag(label, "span", "count", b.length);
    });
  };
  $("map-schemas").hidden = data.schemas.length < 2;
  $("map-schemas").addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      $("map-schemas").open = false;
      $("map-schemas").querySelector("summary").focus();
    }
  });
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("#map-schemas")) $("map-schemas").open = false;
  });

  const measure = () => {
    size = { w: Math.max(50, canvas.clientWidth), h: Math.max(50, canvas.clientHeight) };
  };
  if (tables.length) {
    $("map-frame").hidden = false;
    $("map-near").closest(".switch").hidden = data.near.length === 0 && !near;
    setNear(near);
    listSchemas();
    measure();
    arrange();
    view = fitted();
    lowest = view.s * 0.6;
    draw(false);
    performance.mark("map-drawn");
    let known = size.w;
    new ResizeObserver(() => {
      const before = size;
      measure();
      if (before.w === size.w && before.h === size.h) return;
      // The middle stays where it was; a new width of the page fits anew.
      if (chosen < 0 && Math.abs(known - size.w) > 2) {
        known = size.w;
        view = fitted();
        lowest = view.s * 0.6;
      } else {
        view.x += (before.w - size.w) / view.s / 2;
        view.y += (before.h - size.h) / view.s / 2;
      }
      redraw();
    }).observe(canvas);
    // Paper shows the whole map.
    let screen = null;
    addEventListener("beforeprint", () => {
      screen = { ...view };
      view = fitted();
      view.s = Math.max(view.s, 0.0001);
      draw(true);
      svg.setAttribute("viewBox", `-20 -20 ${whole.w + 40} ${whole.h + 40}`);
    });
    addEventListener("afterprint", () => {
      if (screen) view = screen;
      redraw();
    });
  }
}
