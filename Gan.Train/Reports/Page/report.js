"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const running = data.state === "running";

// What the reader has set survives the reloads of a running page; a browser that keeps nothing for files just starts over.
const place = "gan-train:" + location.pathname;
let kept = {};
try { kept = JSON.parse(sessionStorage.getItem(place)) || {}; } catch { }
function keep(name, value) {
  kept[name] = value;
  try { sessionStorage.setItem(place, JSON.stringify(kept)); } catch { }
}

function text(value) {
  if (value === null || value === undefined) return "not finite";
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en-US");
  return size !== 0 && size < 0.001 ? value.toExponential(2) : value.toFixed(size < 10 ? 4 : 1).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

function ticks(low, high, wanted) {
  const rough = (high - low) / Math.max(1, wanted), power = 10 ** Math.floor(Math.log10(rough)), part = rough / power;
  const step = power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10), found = [];
  for (let t = Math.ceil(low / step - 1e-9); t * step <= high * (1 + 1e-9) + 1e-12; t++) found.push(t * step + 0); // no -0
  return found;
}

const svgNames = "http://www.w3.org/2000/svg";
function svg(parent, name, attributes, content) {
  const element = document.createElementNS(svgNames, name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  if (content !== undefined) element.textContent = content;
  parent.appendChild(element);
  return element;
}
function html(parent, name, className, content) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (content !== undefined) element.textContent = content;
  parent.appendChild(element);
  return element;
}

// chart: { title, unit, steps: first step of each point, ends: last step, series: [{ name, colour, mean, min, max }], range: [low, high] or absent }
function draw(parent, chart) {
  const box = html(parent, "div", "chart"), head = html(box, "div", "chart-head");
  html(head, "h3", "", chart.title);
  const hiddenKey = "hidden:" + chart.title, hidden = new Set(kept[hiddenKey] || []);
  for (const series of chart.series) {
    const button = html(head, "button", "legend");
    button.type = "button";
    button.setAttribute("aria-pressed", String(!hidden.has(series.name)));
    html(button, "i").style.background = `var(${series.colour})`;
    button.append(series.name);
    button.addEventListener("click", () => {
      if (!hidden.delete(series.name)) hidden.add(series.name);
      button.setAttribute("aria-pressed", String(!hidden.has(series.name)));
      keep(hiddenKey, [...hidden]);
      render();
    });
  }
  const picture = svg(box, "svg", { tabindex: 0, role: "img", "aria-label": `${chart.title} over steps; arrow keys read values` });
  const tip = html(box, "div", "tip");
  tip.hidden = true;
  tip.setAttribute("aria-live", "polite");
  const count = chart.steps.length;
  let at = -1, mapX, mapY, cursor, width, height;

  function render() {
    picture.replaceChildren();
    width = Math.max(260, box.clientWidth);
    height = width < 560 ? 220 : 260;
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    picture.style.height = height + "px";
    const left = 52, right = width - 14, top = 10, bottom = height - 42;
    const shown = chart.series.filter(s => !hidden.has(s.name));
    let [low, high] = chart.range || limits(shown);
    const first = count ? chart.steps[0] : 0, last = Math.max(first + 1, count ? chart.ends[count - 1] : 1);
    mapX = step => left + (step - first) / (last - first) * (right - left);
    mapY = value => Math.min(height * 4, Math.max(-height * 4, bottom - (value - low) / (high - low) * (bottom - top)));
    for (const tick of ticks(low, high, 5)) {
      svg(picture, "line", { class: "grid", x1: left, x2: right, y1: mapY(tick), y2: mapY(tick) });
      svg(picture, "text", { x: left - 6, y: mapY(tick) + 4, "text-anchor": "end" }, text(tick));
    }
    for (const tick of ticks(first, last, width < 560 ? 3 : 8).filter(t => t === Math.round(t))) {
      svg(picture, "line", { class: "axis", x1: mapX(tick), x2: mapX(tick), y1: bottom, y2: bottom + 5 });
      const anchor = mapX(tick) > right - 16 ? "end" : "middle";
      svg(picture, "text", { x: mapX(tick), y: bottom + 18, "text-anchor": anchor }, tick.toLocaleString("en-US"));
    }
    svg(picture, "line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom });
    svg(picture, "text", { x: (left + right) / 2, y: height - 6, "text-anchor": "middle" }, "step");
    const clip = "clip-" + chart.title.replace(/\W/g, "");
    svg(svg(picture, "clipPath", { id: clip }), "rect", { x: left, y: top - 2, width: right - left + 4, height: bottom - top + 4 });
    const plot = svg(picture, "g", { "clip-path": `url(#${clip})` });
    if (count === 0) svg(picture, "text", { x: (left + right) / 2, y: (top + bottom) / 2, "text-anchor": "middle" }, "nothing logged yet");
    for (const series of shown) {
      if (series.min) svg(plot, "path", { d: band(series), fill: `var(${series.colour})`, opacity: .18 });
    }
    for (const series of shown) {
      svg(plot, "path", { d: line(series.mean), fill: "none", stroke: `var(${series.colour})`, "stroke-width": 1.8, "stroke-linejoin": "round", "stroke-linecap": "round" });
    }
    cursor = svg(picture, "g", {});
    point(at);
  }

  // As losses.png: a few spikes do not flatten the rest.
  function limits(shown) {
    const values = shown.flatMap(s => s.mean.concat(s.max || [])).filter(v => v !== null).sort((a, b) => a - b);
    if (values.length === 0) return [0, 1];
    const common = values[Math.floor((values.length - 1) * .98)];
    let low = Math.min(0, values[0]), high = values[values.length - 1];
    if (values.length > 60 && common > 0 && high > 3 * common) high = 1.5 * common;
    return [low, high > low ? high + (high - low) * .05 : low + 1];
  }

  function middle(i) { return (chart.steps[i] + chart.ends[i]) / 2; }

  function line(values) {
    let d = "", open = false;
    values.forEach((v, i) => {
      if (v === null) { open = false; return; }
      d += `${open ? "L" : "M"}${mapX(middle(i)).toFixed(1)} ${mapY(v).toFixed(1)}`;
      if (!open && (i + 1 === values.length || values[i + 1] === null)) d += "h.01";
      open = true;
    });
    return d;
  }

  function band(series) {
    let d = "";
    for (let i = 0; i < count;) {
      if (series.min[i] === null) { i++; continue; }
      let end = i;
      while (end < count && series.min[end] !== null) end++;
      for (let k = i; k < end; k++) d += `${k === i ? "M" : "L"}${mapX(middle(k)).toFixed(1)} ${mapY(series.max[k]).toFixed(1)}`;
      for (let k = end - 1; k >= i; k--) d += `L${mapX(middle(k)).toFixed(1)} ${mapY(series.min[k]).toFixed(1)}`;
      d += "Z";
      i = end;
    }
    return d;
  }

  function point(i) {
    at = count === 0 ? -1 : Math.min(i, count - 1);
    cursor.replaceChildren();
    tip.hidden = at < 0;
    if (at < 0) return;
    const x = mapX(middle(at)), few = chart.steps[at] === chart.ends[at];
    svg(cursor, "line", { class: "cursor", x1: x, x2: x, y1: 10, y2: height - 42 });
    tip.replaceChildren();
    html(tip, "b", "", few ? `step ${chart.steps[at].toLocaleString("en-US")}` : `steps ${chart.steps[at].toLocaleString("en-US")} to ${chart.ends[at].toLocaleString("en-US")}`);
    for (const series of chart.series.filter(s => !hidden.has(s.name))) {
      const value = series.mean[at], row = html(tip, "span"), name = html(row, "span");
      html(name, "i").style.background = `var(${series.colour})`;
      name.append(series.name);
      html(row, "span", "", text(value) + (chart.unit || ""));
      if (value !== null && mapY(value) >= 8 && mapY(value) <= height - 40) svg(cursor, "circle", { cx: x, cy: mapY(value), r: 4, fill: `var(${series.colour})` });
    }
    const room = box.clientWidth, scale = picture.clientWidth / width;
    tip.style.left = Math.max(0, x * scale + 14 + tip.offsetWidth <= room ? x * scale + 14 : x * scale - 14 - tip.offsetWidth) + "px";
    tip.style.top = picture.getBoundingClientRect().top - box.getBoundingClientRect().top + 12 + "px";
  }

  function nearest(event) {
    const x = (event.clientX - picture.getBoundingClientRect().left) * width / picture.clientWidth;
    let best = -1, least = Infinity;
    for (let i = 0; i < count; i++) {
      const distance = Math.abs(mapX(middle(i)) - x);
      if (distance < least) [best, least] = [i, distance];
    }
    return best;
  }

  picture.addEventListener("pointermove", event => { touched(); point(nearest(event)); });
  picture.addEventListener("pointerdown", event => { touched(); point(nearest(event)); });
  picture.addEventListener("pointerleave", () => point(-1));
  picture.addEventListener("blur", () => point(-1));
  picture.addEventListener("keydown", event => {
    const jump = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (jump) point(Math.max(0, at < 0 ? count - 1 : at + jump));
    else if (event.key === "Home") point(0);
    else if (event.key === "End") point(count - 1);
    else if (event.key === "Escape") point(-1);
    else return;
    touched();
    event.preventDefault();
  });
  new ResizeObserver(render).observe(box);
  render();
}

let lastTouch = 0;
function touched() { lastTouch = Date.now(); }

for (const chart of data.curves) draw(document.getElementById("curves"), chart);
for (const chart of data.speed) draw(document.getElementById("speed"), chart);

const frame = document.getElementById("frame"), slider = document.getElementById("slider"), play = document.getElementById("play");
const label = document.getElementById("frame-label"), frames = data.frames;
let timer = 0;
function show(i) {
  slider.value = i;
  frame.src = "data:image/gif;base64," + frames[i].gif;
  frame.alt = label.textContent = frames[i].label;
  slider.setAttribute("aria-valuetext", frames[i].label);
}
function setPlaying(on) {
  clearInterval(timer);
  timer = on ? setInterval(() => show((Number(slider.value) + 1) % frames.length), 220) : 0;
  play.textContent = on ? "Pause" : "Play";
  play.setAttribute("aria-pressed", String(on));
}
function keepFrame() {
  // At the newest one the reader follows the run; elsewhere the page comes back to the same step.
  keep("step", Number(slider.value) === frames.length - 1 ? null : frames[slider.value].step);
  keep("playing", timer !== 0);
}
if (frames.length > 0) {
  slider.addEventListener("input", () => { setPlaying(false); touched(); show(Number(slider.value)); keepFrame(); });
  play.addEventListener("click", () => { setPlaying(timer === 0); keepFrame(); });
  const from = kept.step == null ? frames.length - 1 : frames.findLastIndex(f => f.step <= kept.step);
  show(Math.max(0, from));
  if (kept.playing && frames.length > 1) setPlaying(true);
  if (frames.length < 2) { play.disabled = slider.disabled = true; }
}

const written = document.getElementById("written");
function age() {
  const seconds = Math.max(0, Math.round((Date.now() - Number(written.dataset.written)) / 1000));
  written.title = written.textContent;
  const stale = document.getElementById("stale");
  stale.hidden = !running || seconds < data.stale;
  stale.textContent = `Nothing new for ${Math.round(seconds / 60)} minutes: the run may have been stopped. Go on with --resume.`;
}
age();
if (running) {
  setInterval(age, 1000);
  setInterval(() => {
    // Not while someone reads a value or drags the slider, and not in a tab nobody sees.
    if (!document.hidden && Date.now() - lastTouch > 4000) { if (frames.length > 0) keepFrame(); location.reload(); }
  }, data.refresh * 1000);
}
