"use strict";
// The charts and the table of a run's page. All data reach the page as text nodes or pixels: nothing is parsed as HTML.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  function element(tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name === "class") made.className = value; else if (name.includes("-") || name === "scope") made.setAttribute(name, value); else made[name] = value;
    }
    made.append(...children);
    return made;
  }

  // ---- numbers, as the tables of the page write them

  const DASH = "–";
  const two = (n) => String(n).padStart(2, "0");
  const grouped = (n) => n.toLocaleString("en-US");

  function duration(ms) {
    if (ms === null || ms === undefined) return DASH;
    const s = ms / 1000;
    if (s < 10) return s.toFixed(2) + " s";
    if (Math.round(s * 10) / 10 < 100) return s.toFixed(1) + " s";
    const w = Math.round(s);
    if (w < 3600) return `${Math.floor(w / 60)} min ${two(w % 60)} s`;
    if (w < 86400) return `${Math.floor(w / 3600)} h ${two(Math.floor(w % 3600 / 60))} min`;
    return `${grouped(Math.floor(w / 86400))} d ${two(Math.floor(w % 86400 / 3600))} h`;
  }

  const moment = (ms) => ms === null ? DASH : new Date(ms).toISOString().slice(0, 19).replace("T", " ");

  // ---- the data of the page

  async function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  function absolute(steps) {
    const found = new Float64Array(steps.length);
    let at = 0;
    for (let i = 0; i < steps.length; i++) {
      if (steps[i] === null) found[i] = NaN; else { at += steps[i]; found[i] = at; }
    }
    return found;
  }

  function prepared(raw) {
    const n = raw.id.length;
    const began = absolute(raw.began);
    const end = new Float64Array(n);
    const ran = new Float64Array(n);
    const running = raw.states.indexOf("running");
    for (let i = 0; i < n; i++) {
      ran[i] = raw.ran[i] === null ? NaN : raw.ran[i];
      end[i] = raw.ran[i] !== null ? began[i] + raw.ran[i] : raw.state[i] === running ? raw.now : NaN;
    }
    const nodes = raw.nodes.map(([pool, id, size, spot, preempted, allocated, startBegan, startEnded, gone, seen, state]) =>
      ({ pool, id, size, spot, preempted, allocated, startBegan, startEnded, gone, seen, state }));
    return { ...raw, n, created: absolute(raw.created), began, end, ran, nodes, running };
  }

  // ---- which node ran what, in lanes: tasks that overlap on a node are below each other

  function laneRows(data) {
    const rows = new Map();
    data.nodes.forEach((node, place) => {
      const key = node.pool + "\u0000" + node.id;
      if (!rows.has(key)) rows.set(key, { nodes: [], tasks: [], lanes: [] });
      rows.get(key).nodes.push(place);
    });
    const of = new Array(data.nodes.length);
    for (const row of rows.values()) for (const place of row.nodes) of[place] = row;
    for (let i = 0; i < data.n; i++) {
      if (data.node[i] >= 0 && !Number.isNaN(data.began[i]) && !Number.isNaN(data.end[i])) of[data.node[i]].tasks.push(i);
    }
    for (const row of rows.values()) {
      row.tasks.sort((a, b) => data.began[a] - data.began[b]);
      const ends = [];
      for (const i of row.tasks) {
        let lane = ends.findIndex((end) => end <= data.began[i]);
        if (lane < 0) { lane = ends.length; ends.push(0); row.lanes.push([]); }
        ends[lane] = data.end[i];
        row.lanes[lane].push(i);
      }
      if (!row.lanes.length) row.lanes.push([]);
    }
    return [...rows.values()];
  }

  // The place of the first task of a lane that ends after a moment.
  function firstAfter(lane, data, time) {
    let low = 0, high = lane.length;
    while (low < high) { const middle = (low + high) >> 1; if (data.end[lane[middle]] < time) low = middle + 1; else high = middle; }
    return low;
  }

  // ---- a range of time that several charts share

  function sharedRange(full) {
    const listeners = [];
    const range = { full, from: full[0], to: full[1], listen: (f) => listeners.push(f) };
    range.set = (from, to) => {
      const whole = full[1] - full[0];
      const wide = Math.min(Math.max(to - from, Math.min(20, whole)), whole);
      let start = (from + to) / 2 - wide / 2;
      start = Math.min(Math.max(start, full[0]), full[1] - wide);
      range.from = start; range.to = start + wide;
      listeners.forEach((f) => f());
    };
    range.zoom = (factor, around = (range.from + range.to) / 2) =>
      range.set(around - (around - range.from) * factor, around + (range.to - around) * factor);
    range.move = (share) => { const by = (range.to - range.from) * share; range.set(range.from + by, range.to + by); };
    range.all = () => range.set(full[0], full[1]);
    return range;
  }

  // The labels of an axis of time, in UTC: as much of the time as its steps tell apart, and the day where it changes.
  function clockTexts(times, step) {
    let before = "";
    return times.map((time) => {
      const text = new Date(time).toISOString(), day = text.slice(5, 10);
      if (step >= 864e5) return day;
      const label = step < 1000 ? text.slice(11, 23) : step < 6e4 ? text.slice(11, 19) : text.slice(11, 16);
      const full = day === before || time === times[0] ? label : `${day} ${label}`;
      before = day;
      return full;
    });
  }

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const STATE_COLOURS = { "succeeded": "succeeded", "running": "running", "failed": "failed", "preempted": "preempted", "stopped": "stopped", "not run": "stopped", "tried again": "failed", "waiting": "waiting" };

  const tip = $("#tip");
  function showTip(text, x, y) {
    tip.textContent = text; tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - box.width - 8)) + "px";
    tip.style.top = (y + 18 + box.height > innerHeight ? y - box.height - 10 : y + 18) + "px";
  }
  const hideTip = () => { tip.hidden = true; };

  // ---- the timeline

  const RIGHT = 8, AXIS = 24;
  const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 108e5, 216e5, 432e5, 864e5, 1728e5, 6048e5];

  function timeline(data, range, openTask) {
    const box = $("#gantt"), canvas = $("#gantt-canvas"), space = $("#gantt-space");
    const rows = laneRows(data);
    const lanes = rows.reduce((sum, row) => sum + row.lanes.length, 0);
    const laneHeight = Math.max(4, Math.min(18, Math.floor((520 - rows.length * 2) / Math.max(lanes, 1))));
    let y = 0;
    for (const row of rows) { row.top = y; row.height = row.lanes.length * laneHeight; y += row.height + (laneHeight > 6 ? 3 : 1); }
    const content = y, context = canvas.getContext("2d");
    const height = Math.min(560, content + AXIS + 6);
    let width = 0, drag = null, frame = 0, LEFT = 8;
    const X = (time) => LEFT + (time - range.from) / (range.to - range.from) * (width - LEFT - RIGHT);
    const timeAt = (x) => range.from + (x - LEFT) / (width - LEFT - RIGHT) * (range.to - range.from);

    function draw() {
      frame = 0;
      const ratio = window.devicePixelRatio || 1;
      width = box.clientWidth;
      if (!width) return;
      LEFT = width > 700 && rows.some((row) => row.height >= 12) ? 104 : 8;
      canvas.width = width * ratio; canvas.height = height * ratio;
      canvas.style.width = width + "px"; canvas.style.height = height + "px";
      space.style.height = Math.max(0, content + AXIS + 6 - height) + "px";
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.fillStyle = colour("card"); context.fillRect(0, 0, width, height);
      const scroll = box.scrollTop;
      context.save();
      context.beginPath(); context.rect(0, AXIS, width, height - AXIS); context.clip();
      context.translate(0, AXIS - scroll);
      const hues = data.states.map((state) => colour(STATE_COLOURS[state]));
      const there = colour("there"), start = colour("start"), failed = data.states.indexOf("failed"), preempted = data.states.indexOf("preempted");
      for (const row of rows) {
        if (row.top + row.height < scroll || row.top > scroll + height) continue;
        for (const place of row.nodes) {
          const node = data.nodes[place];
          if (node.allocated === null) continue;
          const end = node.gone ?? (data.live ? data.now : node.seen) ?? data.t1;
          bar(there, node.allocated, end, row.top, row.height);
          if (node.startBegan !== null) bar(start, node.startBegan, node.startEnded ?? end, row.top, row.height);
          if (node.preempted) { context.fillStyle = hues[preempted]; context.fillRect(X(end) - 1, row.top, 3, row.height); }
        }
        if (LEFT > 8 && row.height >= 12) {
          const id = data.nodes[row.nodes[0]].id;
          context.fillStyle = colour("soft"); context.font = "11px ui-monospace, monospace"; context.textBaseline = "middle";
          context.fillText(id.length > 14 ? id.slice(0, 13) + "…" : id, 6, row.top + Math.min(row.height / 2, 14));
          context.save(); context.beginPath(); context.rect(LEFT, row.top, width, row.height + 4); context.clip();
        }
        row.lanes.forEach((lane, number) => drawLane(lane, row.top + number * laneHeight, laneHeight > 6 ? laneHeight - 1 : laneHeight, hues, failed, preempted));
        if (LEFT > 8 && row.height >= 12) context.restore();
      }
      context.restore();
      axis();
      if (drag && drag.x !== undefined) {
        context.fillStyle = colour("accent"); context.globalAlpha = .2;
        context.fillRect(Math.min(drag.from, drag.x), AXIS, Math.abs(drag.x - drag.from), height); context.globalAlpha = 1;
      }
    }

    function bar(hue, from, to, top, high) {
      const a = Math.max(X(from), LEFT), b = Math.min(X(to), width);
      if (b <= a) return;
      context.fillStyle = hue; context.fillRect(a, top, Math.max(b - a, 1), high);
    }

    // Tasks narrower than a pixel are summed up: the colour of a pixel is as strong as the share of its time in use.
    function drawLane(lane, top, high, hues, failed, preempted) {
      const scale = (width - LEFT - RIGHT) / (range.to - range.from);
      let pixel = -1, used = 0, hue = 0;
      const bad = [];
      const flush = () => {
        if (pixel < 0) return;
        context.globalAlpha = .35 + .65 * Math.min(used, 1); context.fillStyle = hues[hue];
        context.fillRect(pixel, top, 1, high); context.globalAlpha = 1; pixel = -1; used = 0;
      };
      for (let k = firstAfter(lane, data, range.from); k < lane.length; k++) {
        const i = lane[k];
        if (data.began[i] > range.to) break;
        const a = X(data.began[i]), wide = (data.end[i] - data.began[i]) * scale, state = data.state[i];
        if (state === failed || state === preempted) { bad.push([a, wide, state]); continue; }
        if (wide >= 1.5) {
          flush();
          const left = Math.max(a, LEFT), right = Math.min(a + wide, width);
          context.fillStyle = hues[state]; context.fillRect(left, top, Math.max(right - left - (wide > 5 ? 1 : 0), 1), high);
        } else {
          const at = Math.floor(a);
          if (at !== pixel) { flush(); pixel = at; hue = state; }
          used += Math.max(wide, .02);
        }
      }
      flush();
      let last = -9;
      for (const [a, wide, state] of bad) {
        if (a + wide <= last) continue;
        const left = Math.max(a, LEFT), right = Math.min(Math.max(a + wide, a + 2), width);
        context.fillStyle = hues[state]; context.fillRect(left, top, right - left, high); last = right;
      }
    }

    function axis() {
      context.fillStyle = colour("card"); context.fillRect(0, 0, width, AXIS);
      context.fillStyle = colour("soft"); context.strokeStyle = colour("line"); context.font = "12px system-ui, sans-serif"; context.textBaseline = "middle";
      const wanted = (range.to - range.from) / Math.max(width / 110, 2);
      const step = STEPS.find((s) => s >= wanted) ?? Math.ceil(wanted / 6048e5) * 6048e5;
      const first = Math.ceil((data.t0 + range.from) / step) * step - data.t0;
      const times = [];
      for (let t = first; t <= range.to; t += step) times.push(t);
      clockTexts(times.map((t) => data.t0 + t), step).forEach((label, k) => {
        const x = X(times[k]), half = context.measureText(label).width / 2;
        context.beginPath(); context.moveTo(x + .5, AXIS - 5); context.lineTo(x + .5, AXIS); context.stroke();
        context.fillText(label, Math.min(Math.max(x - half, 2), width - 2 * half - 2), AXIS / 2 - 1);
      });
      context.beginPath(); context.moveTo(0, AXIS - .5); context.lineTo(width, AXIS - .5); context.stroke();
    }

    const redraw = () => { if (!frame) frame = requestAnimationFrame(draw); };

    function found(x, yy) {
      const at = yy - AXIS + box.scrollTop;
      if (yy < AXIS) return null;
      const row = rows.find((r) => at >= r.top && at < r.top + r.height);
      if (!row) return null;
      const lane = row.lanes[Math.min(Math.floor((at - row.top) / laneHeight), row.lanes.length - 1)];
      const time = timeAt(x), slack = (range.to - range.from) / width * 3;
      let task = -1, near = slack, many = 0;
      for (let k = firstAfter(lane, data, time - slack); k < lane.length && data.began[lane[k]] <= time + slack; k++) {
        const i = lane[k];
        many++;
        const away = time < data.began[i] ? data.began[i] - time : time > data.end[i] ? time - data.end[i] : 0;
        if (away < near || (task < 0 && away <= near)) { near = away; task = i; }
      }
      return { row, task, many, time };
    }

    const pointer = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };

    function nodeText(row, time) {
      const place = row.nodes.filter((p) => (data.nodes[p].allocated ?? -Infinity) <= time).pop() ?? row.nodes[0];
      const node = data.nodes[place];
      const kind = [node.pool, node.size, node.spot === true ? "spot" : "", node.preempted ? "preempted" : ""].filter(Boolean).join(", ");
      return `node ${node.id}${kind ? `\n${kind}` : ""}`;
    }

    canvas.addEventListener("pointermove", (event) => {
      const [x, yy] = pointer(event);
      if (drag) { drag.x = x; hideTip(); redraw(); return; }
      const hit = found(x, yy);
      if (!hit) { hideTip(); return; }
      const node = nodeText(hit.row, hit.time);
      const more = hit.many > 3 ? `\n… and ${hit.many - 1} more here: zoom in` : "";
      showTip(hit.task >= 0 ? taskText(data, hit.task) + more + "\n" + node : `${moment(data.t0 + hit.time)}\n${node}`, event.clientX, event.clientY);
    });
    canvas.addEventListener("pointerleave", () => { if (!drag) hideTip(); });
    canvas.addEventListener("pointerdown", (event) => { if (event.button === 0) { drag = { from: pointer(event)[0] }; canvas.setPointerCapture(event.pointerId); } });
    canvas.addEventListener("pointerup", (event) => {
      const [x, yy] = pointer(event);
      const from = drag?.from;
      drag = null;
      if (from !== undefined && Math.abs(x - from) > 4) range.set(timeAt(Math.min(x, from)), timeAt(Math.max(x, from)));
      else { const hit = found(x, yy); if (hit && hit.task >= 0) openTask(hit.task); redraw(); }
    });
    canvas.addEventListener("pointercancel", () => { drag = null; redraw(); });
    canvas.addEventListener("dblclick", range.all);
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      range.zoom(event.deltaY > 0 ? 1.25 : .8, timeAt(pointer(event)[0]));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const act = { "+": () => range.zoom(.5), "=": () => range.zoom(.5), "-": () => range.zoom(2), "ArrowLeft": () => range.move(-.25), "ArrowRight": () => range.move(.25), "Escape": range.all, "Home": range.all }[event.key];
      if (act) { event.preventDefault(); act(); }
    });
    box.addEventListener("scroll", redraw);
    range.listen(redraw);
    return redraw;
  }

  function taskText(data, i) {
    const lines = [data.id[i], [data.templates[data.template[i]], data.item[i]].filter(Boolean).join(" · ")];
    const how = [data.states[data.state[i]], data.exit[i] === null ? "" : `exit code ${data.exit[i]}`, data.causes[data.cause[i]]].filter(Boolean);
    lines.push(how.join(", ") + (data.tries[i] > 1 ? `, ${data.tries[i]} tries` : ""));
    if (!Number.isNaN(data.began[i])) lines.push(`${moment(data.t0 + data.began[i])} · ran ${duration(Number.isNaN(data.end[i]) ? null : data.end[i] - data.began[i])}`);
    return lines.filter(Boolean).join("\n");
  }

  // ---- tasks at the same time

  function load(data, range) {
    const box = $("#load");
    const starts = [], ends = [], added = [];
    for (let i = 0; i < data.n; i++) {
      if (!Number.isNaN(data.began[i]) && !Number.isNaN(data.end[i])) { starts.push(data.began[i]); ends.push(data.end[i]); }
      if (!Number.isNaN(data.created[i])) added.push(data.created[i]);
    }
    const arrive = [], leave = [];
    for (const node of data.nodes) {
      if (node.allocated === null) continue;
      arrive.push(node.allocated);
      if (node.gone !== null) leave.push(node.gone);
    }
    // What waits was added and has not begun; what never begins waits until its end.
    const begun = [];
    for (let i = 0; i < data.n; i++) if (!Number.isNaN(data.created[i])) {
      if (!Number.isNaN(data.began[i])) begun.push(data.began[i]);
      else if (data.states[data.state[i]] !== "waiting") begun.push(data.created[i]);
    }
    const [s, e, c, b, a, l] = [starts, ends, added, begun, arrive, leave].map((list) => Float64Array.from(list).sort());
    const upTo = (sorted, time) => { let low = 0, high = sorted.length; while (low < high) { const m = (low + high) >> 1; if (sorted[m] <= time) low = m + 1; else high = m; } return low; };

    function rebin() {
      const points = Math.max(200, Math.min(1200, Math.round(box.clientWidth)));
      const x = [], running = [], waiting = [], nodes = [];
      for (let k = 0; k <= points; k++) {
        const t = range.from + (range.to - range.from) * k / points;
        x.push((data.t0 + t) / 1000);
        running.push(upTo(s, t) - upTo(e, t));
        waiting.push(c.length ? upTo(c, t) - upTo(b, t) : null);
        nodes.push(a.length ? upTo(a, t) - upTo(l, t) : null);
      }
      return [x, running, waiting, nodes];
    }

    let chart = null;
    function make() {
      if (chart) chart.destroy();
      const line = colour("line"), soft = colour("soft");
      const whole = (u, v) => v === null ? DASH : grouped(v);
      const axis = { stroke: soft, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: "12px system-ui, sans-serif" };
      chart = new uPlot({
        width: Math.max(box.clientWidth, 200), height: 220, tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), "UTC"),
        scales: { x: { time: true }, y: { range: (u, min, max) => [0, Math.max(max, 1) * 1.08] }, waiting: { range: (u, min, max) => [0, Math.max(max ?? 1, 1) * 1.08] } },
        series: [
          { label: "Time", value: (u, v) => v === null ? DASH : moment(v * 1000) },
          { label: "running tasks", stroke: colour("succeeded"), fill: colour("succeeded") + "44", width: 1.5, paths: uPlot.paths.stepped({ align: 1 }), points: { show: false }, value: whole },
          { label: "waiting tasks", scale: "waiting", stroke: colour("running"), width: 1.5, dash: [5, 3], paths: uPlot.paths.stepped({ align: 1 }), points: { show: false }, value: whole, show: c.length > 0 },
          { label: "nodes", stroke: colour("start"), width: 2, paths: uPlot.paths.stepped({ align: 1 }), points: { show: false }, value: whole, show: a.length > 0 },
        ],
        axes: [{ ...axis, space: 90, values: (u, values, place, space, step) => clockTexts(values.map((v) => v * 1000), step * 1000) }, { ...axis, size: 56, label: "running tasks, nodes", labelFont: "12px system-ui, sans-serif", labelSize: 18, values: (u, values) => values.map((v) => Number.isInteger(v) ? grouped(v) : "") },
          { ...axis, scale: "waiting", side: 1, size: 56, show: c.length > 0, grid: { show: false }, label: "waiting tasks", labelFont: "12px system-ui, sans-serif", labelSize: 18, values: (u, values) => values.map((v) => Number.isInteger(v) ? grouped(v) : "") }],
        cursor: { drag: { x: true, y: false, setScale: false } },
        hooks: { setSelect: [(u) => {
          if (u.select.width < 4) return;
          const from = u.posToVal(u.select.left, "x") * 1000 - data.t0, to = u.posToVal(u.select.left + u.select.width, "x") * 1000 - data.t0;
          u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          range.set(from, to);
        }] },
      }, rebin(), box);
      chart.over.addEventListener("dblclick", range.all);
    }
    make();
    range.listen(() => chart.setData(rebin()));
    return { resize: () => { chart.setSize({ width: Math.max(box.clientWidth, 200), height: 220 }); chart.setData(rebin()); }, recolour: make };
  }

  // ---- the table of all tasks: rows that are in sight

  const ROW = 31;

  function grid(data, openTask, before) {
    const box = $("#grid"), table = $("#grid-table"), head = $("thead", table), body = $("tbody", table);
    const find = $("#find"), byState = $("#by-state"), byTemplate = $("#by-template"), output = $("#found");
    const nodeId = (i) => data.node[i] < 0 ? "" : data.nodes[data.node[i]].id;
    const waited = (i) => data.began[i] - data.created[i];
    const number = (value) => Number.isNaN(value) ? Infinity : value;
    const columns = [
      ["Task", (i) => data.id[i], (i) => data.id[i]],
      ["Template", (i) => data.templates[data.template[i]] || DASH, (i) => data.templates[data.template[i]]],
      ["Item", (i) => data.item[i] || DASH, (i) => data.item[i]],
      ["State", (i) => data.states[data.state[i]], (i) => data.state[i], "state"],
      ["Cause", (i) => data.causes[data.cause[i]] || DASH, (i) => data.causes[data.cause[i]] || "\uffff"],
      ["Exit code", (i) => data.exit[i] ?? DASH, (i) => data.exit[i] ?? Infinity, "num"],
      ["Tries", (i) => grouped(data.tries[i]), (i) => data.tries[i], "num"],
      ["Node", (i) => nodeId(i) || DASH, nodeId, "code"],
      ["Waited", (i) => duration(Number.isNaN(waited(i)) ? null : waited(i)), (i) => number(waited(i)), "num"],
      ["Ran", (i) => duration(Number.isNaN(data.ran[i]) ? null : data.ran[i]), (i) => number(data.ran[i]), "num"],
      ["Began (UTC)", (i) => Number.isNaN(data.began[i]) ? DASH : moment(data.t0 + data.began[i]), (i) => number(data.began[i]), "time"],
    ];
    let order = [], sorted = { column: -1, down: false }, words = null;

    const line = element("tr", { "aria-rowindex": "1" });
    columns.forEach(([name, , , kind], place) => {
      const button = element("button", { type: "button" }, name);
      button.addEventListener("click", () => {
        sorted = { column: place, down: sorted.column === place ? !sorted.down : kind === "num" };
        apply();
      });
      line.append(element("th", { scope: "col", class: kind === "num" ? "num" : "" }, button));
    });
    head.replaceChildren(line);
    data.states.forEach((state, place) => { if (data.state.includes(place)) byState.append(element("option", { value: String(place) }, state)); });
    data.templates.forEach((name, place) => byTemplate.append(element("option", { value: String(place) }, name || "(not known)")));

    function apply() {
      const text = find.value.trim().toLowerCase(), state = byState.value, template = byTemplate.value;
      if (text && !words) words = data.id.map((id, i) => `${id}\n${data.item[i]}\n${nodeId(i)}`.toLowerCase());
      order = [];
      for (let i = 0; i < data.n; i++) {
        if (state !== "" && data.state[i] !== +state) continue;
        if (template !== "" && data.template[i] !== +template) continue;
        if (text && !words[i].includes(text)) continue;
        order.push(i);
      }
      if (sorted.column >= 0) {
        const key = columns[sorted.column][2], sign = sorted.down ? -1 : 1;
        const keys = new Map();
        for (const i of order) keys.set(i, key(i));
        const texts = typeof keys.get(order[0]) === "string";
        const compare = texts ? new Intl.Collator("en", { numeric: true }).compare : (a, b) => a < b ? -1 : a > b ? 1 : 0;
        order.sort((a, b) => {
          const x = keys.get(a), y = keys.get(b);
          // What is not known stands at the end, whatever the direction.
          if (x === Infinity || y === Infinity || x === "\uffff" || y === "\uffff") return compare(x, y);
          return sign * compare(x, y) || a - b;
        });
      }
      $$("th", head).forEach((cell, place) => cell.setAttribute("aria-sort", place !== sorted.column ? "none" : sorted.down ? "descending" : "ascending"));
      $$("button", head).forEach((button, place) => { button.textContent = columns[place][0] + (place !== sorted.column ? "" : sorted.down ? " ▼" : " ▲"); });
      output.textContent = order.length === data.n ? `${grouped(data.n)} tasks` : `${grouped(order.length)} of ${grouped(data.n)} tasks`;
      table.setAttribute("aria-rowcount", String(order.length + 1));
      box.classList.toggle("few", order.length <= 15);
      box.scrollTop = 0;
      drawn = "";
      draw();
    }

    let drawn = "";
    function draw() {
      const high = box.clientHeight || 560;
      const first = Math.max(0, Math.floor(box.scrollTop / ROW) - 8), last = Math.min(order.length, first + Math.ceil(high / ROW) + 24);
      const now = `${first} ${last} ${order.length}`;
      if (now === drawn) return;
      drawn = now;
      const rows = [];
      const gap = (pixels) => { const cell = element("td", { class: "gap", colSpan: columns.length }); cell.style.height = pixels + "px"; const made = element("tr", { "aria-hidden": "true" }, cell); return made; };
      if (first) rows.push(gap(first * ROW));
      for (let k = first; k < last; k++) {
        const i = order[k];
        const made = element("tr", { "aria-rowindex": String(k + 2), "data-task": String(i) });
        columns.forEach(([, shown, , kind], place) => {
          const value = String(shown(i));
          const cell = place ? element("td", { class: kind === "num" ? "num" : kind === "time" ? "time" : "", title: value }) : element("th", { scope: "row", title: value });
          if (kind === "state") cell.append(element("span", { class: "state s-" + value.replace(" ", "-") }, value));
          else if (kind === "code" || !place) cell.append(element("code", { class: kind === "code" ? "node" : "" }, value));
          else cell.append(value);
          made.append(cell);
        });
        rows.push(made);
      }
      if (last < order.length) rows.push(gap((order.length - last) * ROW));
      if (!order.length) rows.push(element("tr", {}, element("td", { colSpan: columns.length }, "No task fits.")));
      body.replaceChildren(...rows);
    }
    box.addEventListener("scroll", () => requestAnimationFrame(draw));
    body.addEventListener("click", (event) => { const row = event.target.closest("tr[data-task]"); if (row) openTask(+row.dataset.task); });
    let typing = 0;
    find.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(apply, 120); });
    byState.addEventListener("change", apply);
    byTemplate.addEventListener("change", apply);
    if (before) {
      find.value = before.text;
      [[byState, before.state], [byTemplate, before.template]].forEach(([list, name]) => { const option = [...list.options].find((each) => each.textContent === name); if (option) list.value = option.value; });
      sorted = before.sorted;
    }
    apply();
    if (before) { box.scrollTop = before.scroll; draw(); if (before.typing) { find.focus(); find.setSelectionRange(...before.typing); } }
    const keep = () => ({
      text: find.value, sorted, scroll: box.scrollTop, state: byState.selectedOptions[0].textContent, template: byTemplate.selectedOptions[0].textContent,
      typing: document.activeElement === find ? [find.selectionStart, find.selectionEnd] : null,
    });
    return { resize: () => { drawn = ""; draw(); }, keep };
  }

  // ---- one task

  function opener(data) {
    const dialog = $("#details");
    return (i) => {
      hideTip();
      $("h2", dialog).textContent = data.id[i];
      const node = data.node[i] < 0 ? null : data.nodes[data.node[i]];
      const at = (value) => Number.isNaN(value) ? DASH : moment(data.t0 + value) + " UTC";
      const facts = [["Job", data.jobs[data.job[i]]], ["Template", data.templates[data.template[i]]], ["Item", data.item[i]], ["State", data.states[data.state[i]]],
        ["Cause", data.causes[data.cause[i]]], ["Code", data.codes[data.code[i]]], ["Exit code", data.exit[i]], ["Tries", data.tries[i]],
        ["Node", node && node.id], ["Pool", node && node.pool], ["Added", at(data.created[i])], ["Began", at(data.began[i])],
        ["Ended", Number.isNaN(data.ran[i]) ? DASH : at(data.began[i] + data.ran[i])], ["Ran", duration(Number.isNaN(data.ran[i]) ? null : data.ran[i])]];
      $("dl", dialog).replaceChildren(...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value === null || value === "" || value === undefined ? DASH : String(value))]));
      if (!dialog.open) dialog.showModal();
    };
  }

  // ---- the page

  function themes(recolour) {
    const button = $("#theme"), root = document.documentElement;
    const remembered = () => { try { return localStorage.getItem("recipebatch-theme"); } catch { return null; } };
    if (remembered()) root.dataset.theme = remembered();
    button.hidden = false;
    button.addEventListener("click", () => {
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      try { localStorage.setItem("recipebatch-theme", root.dataset.theme); } catch { /* a file may have no storage */ }
      recolour();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  }

  let parts = { resize: [], recolour: [], keep: () => ({}) };
  const all = (name) => () => parts[name].forEach((f) => f());

  // Draws what the page holds now; `before` is what `keep` said of the page that was there before it.
  async function show(before = {}) {
    const now = { resize: [], recolour: [], keep: () => ({}) };
    const source = $("#data");
    if (source && $("#tasks")) {
      const data = prepared(await unpack(source.textContent));
      const openTask = opener(data);
      $$(".js").forEach((part) => { part.hidden = false; });
      $("#some-tasks").hidden = true;
      $("#no-charts").hidden = true;
      let range = null;
      if ($("#gantt")) {
        range = sharedRange([0, Math.max(data.t1, 1)]);
        const redraw = timeline(data, range, openTask);
        redraw();
        const chart = load(data, range);
        now.resize.push(redraw, chart.resize);
        now.recolour.push(redraw, chart.recolour);
        const acts = { in: () => range.zoom(.5), out: () => range.zoom(2), left: () => range.move(-.5), right: () => range.move(.5), all: range.all };
        $$("[data-zoom]").forEach((button) => button.addEventListener("click", acts[button.dataset.zoom]));
        if (before.range) range.set(before.range[0] - data.t0, before.range[1] - data.t0);
        if (before.rows) $("#gantt").scrollTop = before.rows;
      }
      const table = grid(data, openTask, before.grid);
      now.resize.push(table.resize);
      now.keep = () => ({
        range: range && (range.from > range.full[0] || range.to < range.full[1]) ? [range.from + data.t0, range.to + data.t0] : null,
        rows: range ? $("#gantt").scrollTop : 0,
        grid: table.keep(),
      });
      Object.assign(window.recipebatch, { range, data });
    }
    parts = now;
  }

  async function main() {
    window.recipebatch = { show, keep: () => parts.keep() };
    themes(all("recolour"));
    $$("dialog").forEach((dialog) => dialog.addEventListener("click", (event) => { if (event.target.closest("[data-close]")) dialog.close(); }));
    await show();
    let waiting = 0;
    addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(all("resize"), 100); });
    document.documentElement.dataset.ready = "yes";
  }

  main().catch((error) => {
    // The tables of the page are there all the same.
    $$(".js").forEach((part) => { part.hidden = true; });
    const rows = $("#some-tasks");
    if (rows) rows.hidden = $("#no-charts").hidden = false;
    document.documentElement.dataset.ready = "failed";
    console.error(error);
  });
})();
