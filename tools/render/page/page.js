"use strict";
(() => {
const $ = (s, r) => (r || document).querySelector(s), $$ = (s, r) => [...(r || document).querySelectorAll(s)];
const root = document.documentElement;
const make = (tag, cls, text) => { const e = document.createElement(tag); if (cls) e.className = cls; if (text != null) e.textContent = text; return e; };

// --- what is embedded: gzip in base64, read when it is first needed
const unpack = async (id) => {
  const text = atob($("#" + id).textContent.trim());
  const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
};
const copy = (value) => JSON.parse(JSON.stringify(value));
const once = (f) => { let p; return () => (p = p || f()); };
// A browser without these shows the page as it is without scripts.
if (typeof DecompressionStream === "undefined" || typeof IntersectionObserver === "undefined" || !Element.prototype.replaceChildren) return;
root.classList.add("live");
const report = once(async () => {
  const data = JSON.parse(await unpack("embedded-report"));
  return { facts: new Map(data.sheet.facts.map((f) => [f.id, f])), claims: new Map(data.sheet.claims.map((c) => [c.id, c])), sections: data.sections };
});

// --- evidence
const functions = JSON.parse($("#functions").textContent);
const panel = $("#panel"), body = $("#panel-body");
let from = null;
const ranges = (records) => {
  const out = []; let start = null, last = null;
  for (const r of [...new Set(records)].sort((a, b) => a - b).concat(null)) {
    if (start !== null && r !== last + 1) { out.push(start === last ? `${start}` : `${start}–${last}`); start = null; }
    if (start === null) start = r;
    last = r;
  }
  return out.join(", ");
};
const last = (s) => s.records[s.records.length - 1];
const row = (dl, name, value) => { if (value == null || value === "") return; dl.append(make("dt", "", name), make("dd", "", value)); };
const show = (fact) => {
  const box = make("div", "fact");
  box.append(make("div", "value", fact.display));
  const dl = make("dl");
  row(dl, "interval", fact.interval); row(dl, "n", fact.n); row(dl, "what", [functions[fact.recipe.function], fact.method].filter(Boolean).join(", "));
  row(dl, "of", fact.subject); row(dl, "suite", fact.suite);
  row(dl, "computed by", `${fact.recipe.function}(${Object.entries(fact.recipe.args).map(([k, v]) => `${k}=${JSON.stringify(v)}`).join(", ")})`);
  row(dl, "part", fact.field); row(dl, "fact", fact.id);
  box.append(dl);
  const shown = fact.sources.slice(0, 12);
  if (!shown.length) box.append(make("p", "remark", "Read from the whole folder."));
  for (const s of shown) {
    const d = make("dl");
    row(d, "file", s.file); row(d, "records", s.many > last(s) - s.records[0] ? `${s.records[0]}–${last(s)}` : s.many ? `${s.many.toLocaleString("en")} between ${s.records[0]} and ${last(s)}` : ranges(s.records)); row(d, "columns", s.columns.join(", "));
    const h = make("dd", "hash", s.sha256); d.append(make("dt", "", "sha256"), h);
    box.append(d);
  }
  if (fact.sources.length > shown.length) box.append(make("p", "remark", `and ${fact.sources.length - shown.length} more files, in evidence.json`));
  return box;
};
const open = async (opener, ids, title) => {
  const { facts } = await report();
  body.replaceChildren(...ids.map((i) => facts.get(i)).filter(Boolean).map(show));
  $("#panel-title").textContent = title;
  if (from) from.removeAttribute("aria-expanded");
  from = opener; from.setAttribute("aria-expanded", "true");
  panel.hidden = false; panel.scrollTop = 0; panel.focus({ preventScroll: true });
};
const close = () => { if (panel.hidden) return; panel.hidden = true; if (from) { from.removeAttribute("aria-expanded"); from.focus({ preventScroll: true }); } from = null; };
$(".close", panel).addEventListener("click", close);
document.addEventListener("keydown", (e) => {
  if (e.key === "Escape") close();
  if ((e.key === "Enter" || e.key === " ") && e.target.classList.contains("f")) { e.preventDefault(); e.target.click(); }
});
document.addEventListener("click", (e) => {
  const number = e.target.closest(".f");
  if (number) { open(number, [number.dataset.f], "Evidence of a number"); return; }
  const note = e.target.closest("a.note");
  if (note && !(e.ctrlKey || e.metaKey || e.shiftKey)) { e.preventDefault(); open(note, note.dataset.f.split(" "), "Evidence of a sentence"); return; }
  if (!panel.hidden && !e.target.closest(".panel")) close();
});
// One stop of the Tab key for each group of numbers, the arrow keys within it.
for (const group of $$("p, li, table, figcaption, h3")) {
  const numbers = $$(".f", group).filter((f) => f.closest("p, li, table, figcaption, h3") === group || group.tagName === "TABLE");
  numbers.forEach((f, i) => { f.tabIndex = i ? -1 : 0; f.setAttribute("role", "button"); });
  if (numbers.length > 1) group.addEventListener("keydown", (e) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
    const at = numbers.indexOf(document.activeElement);
    if (!step || at < 0) return;
    let next = at + step;
    if (group.tagName === "TABLE" && (e.key === "ArrowDown" || e.key === "ArrowUp")) {
      const cell = document.activeElement.closest("td"), line = cell.parentElement;
      const other = (step > 0 ? line.nextElementSibling : line.previousElementSibling);
      const f = other && other.cells[cell.cellIndex] && $(".f", other.cells[cell.cellIndex]);
      next = f ? numbers.indexOf(f) : at;
    }
    if (!numbers[next]) return;
    e.preventDefault(); numbers[at].tabIndex = -1; numbers[next].tabIndex = 0; numbers[next].focus();
  });
}

// --- tables
for (const table of $$("main table.sortable")) {
  const heads = $$("thead th", table), rows = $$("tbody tr", table);
  if (rows.length < 3) continue;
  const key = (r, i) => { const t = r.cells[i].textContent.trim(); const n = parseFloat(t.replace(/[,\s]/g, "")); return /^[-+]?[\d.]/.test(t) && !Number.isNaN(n) ? n : t.toLowerCase(); };
  heads.forEach((th, i) => {
    const b = make("button"); b.type = "button"; b.append(...th.childNodes); th.append(b);
    b.addEventListener("click", () => {
      const up = th.getAttribute("aria-sort") !== "ascending";
      heads.forEach((h) => h.removeAttribute("aria-sort"));
      th.setAttribute("aria-sort", up ? "ascending" : "descending");
      const sorted = [...rows].sort((a, c) => {
        const x = key(a, i), y = key(c, i);
        if (x === "–" || y === "–") return (x === "–") - (y === "–");
        const o = typeof x === typeof y ? (x < y ? -1 : x > y ? 1 : 0) : (typeof x === "number" ? -1 : 1);
        return up ? o : -o;
      });
      $("tbody", table).append(...sorted);
    });
  });
}

// --- search: what does not hold the words is folded away
const search = $("#search"), found = $("#found");
const blocks = $$("main section > *:not(h2):not(.fold), main .fold > *:not(summary)");
let timer;
const look = () => {
  const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  let hits = 0;
  const has = (e) => { const t = e.textContent.toLowerCase(); return words.every((w) => t.includes(w)); };
  for (const b of blocks) {
    const lines = b.matches(".wide, ul, ol") ? $$("tbody tr, :scope > li", b) : [];
    const hit = !words.length || has(b) || lines.some(has);
    b.classList.toggle("off", !hit);
    for (const l of lines) l.classList.toggle("off", words.length > 0 && lines.some(has) && !has(l));
    if (hit && words.length) hits += lines.length ? lines.filter(has).length || 1 : 1;
  }
  for (const s of $$("main section")) s.classList.toggle("off", words.length > 0 && !blocks.some((b) => s.contains(b) && !b.classList.contains("off")));
  for (const d of $$("main .fold")) d.open = words.length > 0;
  found.textContent = words.length ? `${hits} ${hits === 1 ? "place" : "places"}` : "";
};
search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 120); });
search.addEventListener("keydown", (e) => { if (e.key === "Escape") { search.value = ""; look(); } });

// --- contents: where the reader is
const links = new Map($$(".side li a").map((a) => [a.getAttribute("href").slice(1), a]));
const seen = new IntersectionObserver((entries) => {
  for (const e of entries) if (e.isIntersecting) { for (const a of links.values()) a.removeAttribute("aria-current"); links.get(e.target.id).setAttribute("aria-current", "true"); }
}, { rootMargin: "0px 0px -75% 0px" });
$$("main section").forEach((s) => seen.observe(s));
for (const d of $$("main .fold[open]")) d.open = !!location.hash && !!$(location.hash, d);
const contents = $(".side details");
if (window.matchMedia("(max-width: 65.99rem)").matches) contents.open = false;

window.addEventListener("beforeprint", () => { for (const d of $$("main .fold")) d.open = true; });
window.addEventListener("hashchange", () => { const t = document.getElementById(location.hash.slice(1)); const d = t && ($(".fold", t) || t.closest(".fold")); if (d) d.open = true; });

// --- copy
for (const box of $$(".code")) {
  const b = make("button", "copy script", "Copy"); b.type = "button";
  b.addEventListener("click", async () => {
    try { await navigator.clipboard.writeText($("code", box).textContent); b.textContent = "Copied"; }
    catch { getSelection().selectAllChildren($("code", box)); b.textContent = "Selected"; }
    setTimeout(() => { b.textContent = "Copy"; }, 1500);
  });
  box.append(b);
}

// --- charts: the picture is there at once; near the screen it becomes one that answers
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const scheme = () => root.dataset.theme || (dark.matches ? "dark" : "light");
const charts = once(async () => JSON.parse(await unpack("embedded-charts")));
const vega = once(async () => {
  const s = make("script"); s.textContent = await unpack("embedded-vega"); document.head.append(s);
  return window.vegaEmbed;
});
const tip = make("div", "tip"); tip.hidden = true; document.body.append(tip);
const tooltip = (_, event, item, value) => {
  if (value == null || value === "") { tip.hidden = true; return; }
  tip.replaceChildren();
  for (const [k, v] of Object.entries(value)) if (v !== "" && v != null && v !== "undefined") { const d = make("div"); d.append(make("b", "", k + " "), String(v)); tip.append(d); }
  tip.hidden = false;
  tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + "px";
  tip.style.top = Math.max(8, Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8)) + "px";
};
const drawn = new Map();
// The parts of a specification that have an axis or a legend, and what they may be told.
const parts = (s) => [s, ...(s.layer || []), ...(s.vconcat || [])].flatMap((p) => (p === s ? [p] : parts(p)));
const resize = (s, to) => { for (const p of parts(s)) if (p.width) p.width = Math.max(100, Math.round(to(p.width))); };
const shorten = (s, by) => {
  for (const p of parts(s)) for (const c of Object.values(p.encoding || {})) for (const g of [c && c.axis, c && c.legend])
    if (g && g.labelLimit) g.labelLimit = Math.max(70, g.labelLimit - by);
};
const lend = (to, data) => { if (!to.data && data.data) to.data = data.data; (to.vconcat || []).forEach((p, i) => lend(p, data.vconcat[i])); return to; };
const small = window.matchMedia("(max-width: 43.99rem)");
const draw = async (figure) => {
  const [embed, { specs, narrow, configs }] = await Promise.all([vega(), charts()]);
  const place = $(".draw", figure), whole = copy(specs[figure.dataset.chart]);
  const spec = small.matches ? lend(copy(narrow[figure.dataset.chart]), whole) : whole;
  const room = Math.max(place.clientWidth - parseFloat(getComputedStyle(place).paddingLeft), 240);
  if (!small.matches) resize(spec, (width) => Math.min(width, room - figure.dataset.side));
  const target = make("div");
  const config = copy(configs[scheme()]);
  const plot = () => embed(target, { ...spec, config }, { mode: "vega-lite", ast: true, actions: false, defaultStyle: false, renderer: "svg", tooltip });
  let view = await plot();
  // Type is wider in some faces. The plotting area gives way first, then long names lose their ends.
  const over = () => $("svg", target).getAttribute("width") - room;
  for (const give of [resize, shorten, shorten]) {
    const by = over();
    if (by <= 0 && !(small.matches && give === resize && by < -8)) break;
    if (give === resize) resize(spec, (width) => width - by); else { shorten(spec, by); config.axis.labelLimit = Math.max(70, config.axis.labelLimit - by); }
    view.finalize(); view = await plot();
  }
  const old = drawn.get(figure); if (old) old.finalize();
  drawn.set(figure, view);
  const svg = $("svg", target); if (svg) { svg.setAttribute("aria-hidden", "true"); }
  for (const f of $$("form, details", target)) f.remove();
  place.replaceChildren(target);
};
const near = new IntersectionObserver((entries) => { for (const e of entries) if (e.isIntersecting) { near.unobserve(e.target); draw(e.target).catch(() => {}); } }, { rootMargin: "300px" });
$$("figure[data-chart]").forEach((f) => near.observe(f));
const again = () => { for (const f of drawn.keys()) draw(f).catch(() => {}); };
const theme = $("#theme");
const label = () => { theme.textContent = scheme() === "dark" ? "Light" : "Dark"; theme.setAttribute("aria-pressed", String(scheme() === "dark")); };
theme.addEventListener("click", () => { root.dataset.theme = scheme() === "dark" ? "light" : "dark"; label(); again(); });
dark.addEventListener("change", () => { label(); again(); });
small.addEventListener("change", again);
label();
})();
