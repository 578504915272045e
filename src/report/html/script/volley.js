// A volley drawn: when each request was under way, how long they took, and the same in figures.

const EDGE = { left: 46, right: 12, top: 24, bottom: 34 };
const COLOURS = ["2", "4", "limited", "5", "0"];

function colour(status) {
  if (LIMITED.has(status)) return "limited";
  if (status === 0) return "0";
  return status < 400 ? "2" : String(Math.min(5, Math.floor(status / 100)));
}

function statusName(status) {
  const row = RUN.rows.find((row) => row.status === status);
  return status === 0 ? "no answer" : row ? `${status} ${row.name}` : String(status);
}

function volleyView({ shots, of }, window, width) {
  const wide = width > 800;
  const readout = el("p", { class: "readout", "aria-hidden": "true" }, "Point at a request to read its times.");
  const left = Math.max(280, wide ? width * 0.58 : width - 20);
  const right = Math.max(280, wide ? width * 0.36 : width - 20);
  return el(
    "figure",
    {},
    of > shots.length && el("p", { class: "soft" }, `${number(shots.length)} of ${number(of)} requests are drawn, evenly chosen.`),
    el("div", { class: "plots" },
      el("div", {}, el("h5", {}, "Each request: waiting for an answer (pale), then receiving it"), timeline(shots, window, left, readout), readout),
      el("div", {}, el("h5", {}, "How long they took"), histogram(shots, right), figures(shots)),
    ),
  );
}

/** Round numbers from 0 to about `most`, some `count` of them. */
function ticks(most, count) {
  const rough = most / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough);
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, index) => index * step);
}

/** A horizontal axis of milliseconds, in seconds where those are many. */
function timeAxis(most, scale, width, bottom, what) {
  const seconds = most >= 5000;
  const marks = ticks(most, width / 80).map((tick) => [
    svg("path", { class: "axis", d: `M${scale(tick)} ${bottom}v5` }),
    svg("text", { x: scale(tick), y: bottom + 16, "text-anchor": "middle" }, String(+(seconds ? tick / 1000 : tick).toPrecision(6))),
  ]);
  const name = svg("text", { x: width - EDGE.right, y: bottom + 30, "text-anchor": "end" }, `${what}, ${seconds ? "s" : "ms"}`);
  return [svg("path", { class: "axis", d: `M${EDGE.left} ${bottom}H${width - EDGE.right}` }), marks, name];
}

function timeline(shots, window, width, readout) {
  const thick = Math.min(14, Math.max(260 / shots.length, Math.min(6, 420 / shots.length)));
  const bottom = EDGE.top + thick * shots.length;
  const first = shots.findIndex(([, , , status]) => LIMITED.has(status));
  const met = first < 0 ? undefined : shots[first][0] + shots[first][2];
  const over = Math.max(...shots.map(([began, , took]) => began + took), 0.001);
  const end = met !== undefined && window && met + window * 1000 < over * 2 ? Math.max(over, met + window * 1000) : over;
  const scale = (time) => EDGE.left + (time / end) * (width - EDGE.left - EDGE.right);
  const paths = new Map();
  shots.forEach(([began, head, took, status], index) => {
    const bar = (kind, from, to) => {
      const y = EDGE.top + index * thick;
      const long = Math.max(scale(to) - scale(from), 0.75);
      const high = thick > 3 ? thick - 1 : thick;
      const drawn = `M${scale(from).toFixed(2)} ${y.toFixed(2)}h${long.toFixed(2)}v${high.toFixed(2)}h${(-long).toFixed(2)}z`;
      paths.set(kind, (paths.get(kind) ?? "") + drawn);
    };
    const answered = head ?? took;
    bar(`fill-${colour(status)} wait`, began, began + answered);
    bar(`fill-${colour(status)}`, began + answered, began + took);
  });
  const requests = ticks(shots.length, 4).map((tick) => Math.max(1, Math.round(tick)));
  const picture = svg(
    "svg",
    { viewBox: `0 0 ${width} ${bottom + EDGE.bottom}`, role: "img", "aria-label": `${counted(shots.length, "request", "requests")} over ${milliseconds(over)}` },
    met !== undefined && window > 0 && svg("path", { class: "wash", d: `M${scale(met)} ${EDGE.top}H${scale(Math.min(end, met + window * 1000))}V${bottom}H${scale(met)}z` }),
    [...paths].map(([kind, d]) => svg("path", { class: kind, d })),
    [...new Set(requests)].filter((tick) => tick <= shots.length).map((tick) =>
      svg("text", { x: EDGE.left - 6, y: EDGE.top + (tick - 0.5) * thick + 4, "text-anchor": "end" }, number(tick)),
    ),
    svg("path", { class: "axis", d: `M${EDGE.left} ${EDGE.top}V${bottom}` }),
    svg("text", { x: 0, y: 12 }, "request"),
    timeAxis(end, scale, width, bottom, "since the first"),
    first >= 0 && limitMarks(shots, first, met, window, scale, end, width, bottom, thick),
  );
  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect();
    const index = Math.floor((((event.clientY - box.top) / box.height) * (bottom + EDGE.bottom) - EDGE.top) / thick);
    const shot = shots[index];
    if (!shot) return;
    const [began, head, took, status] = shot;
    const answered = head === null ? "no answer" : `first byte after ${milliseconds(head)}`;
    readout.textContent = `Request ${index + 1}: sent at ${milliseconds(began)}, ${answered}, over after ${milliseconds(took)}, ${statusName(status)}`;
  });
  return picture;
}

/** Where the limit was met, and until when the limiter asked to wait. */
function limitMarks(shots, first, met, window, scale, end, width, bottom, thick) {
  const y = EDGE.top + first * thick;
  const before = `limit: ${statusName(shots[first][3])} from request ${number(first + 1)} on`;
  const until = met + window * 1000;
  const left = scale(met) < width * 0.6;
  return [
    svg("path", { class: "mark", d: `M${EDGE.left} ${y}H${width - EDGE.right}` }),
    svg("text", { class: "told", x: width - EDGE.right, y: Math.max(y - 5, EDGE.top + 10), "text-anchor": "end" }, before),
    window > 0 && svg("path", { class: "mark", d: `M${scale(met)} ${EDGE.top - 4}V${bottom}` }),
    window > 0 && until <= end && svg("path", { class: "mark", d: `M${scale(until)} ${EDGE.top - 4}V${bottom}` }),
    window > 0 &&
      svg(
        "text",
        { class: "told", x: scale(met) + (left ? 4 : -4), y: EDGE.top - 8, "text-anchor": left ? "start" : "end" },
        `advertised window: ${window} s${until > end ? ", beyond the picture" : ""}`,
      ),
  ];
}

function histogram(shots, width) {
  const high = 130;
  const bottom = EDGE.top + high;
  const most = Math.max(...shots.map(([, , took]) => took), 0.001);
  const bins = Math.min(30, Math.max(6, Math.ceil(Math.sqrt(shots.length))));
  const counts = Array.from({ length: bins }, () => new Map());
  for (const [, , took, status] of shots) {
    const bin = counts[Math.min(bins - 1, Math.floor((took / most) * bins))];
    bin.set(colour(status), (bin.get(colour(status)) ?? 0) + 1);
  }
  const sum = (bin) => [...bin.values()].reduce((sum, count) => sum + count, 0);
  const tallest = Math.max(...counts.map(sum));
  const scale = (time) => EDGE.left + (time / most) * (width - EDGE.left - EDGE.right);
  const bars = counts.flatMap((bin, index) => {
    let y = bottom;
    return COLOURS.filter((kind) => bin.has(kind)).map((kind) => {
      const tall = (bin.get(kind) / tallest) * high;
      y -= tall;
      const x = scale((index / bins) * most);
      const wide = scale(((index + 1) / bins) * most) - x - 1;
      return svg("rect", { class: `fill-${kind}`, x, y, width: Math.max(wide, 0.5), height: tall });
    });
  });
  const levels = [...new Set(ticks(tallest, 3).map(Math.round))].map((tick) =>
    svg("text", { x: EDGE.left - 6, y: bottom - (tick / tallest) * high + 4, "text-anchor": "end" }, number(tick)),
  );
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${bottom + EDGE.bottom}`, role: "img", "aria-label": `Latencies up to ${milliseconds(most)}` },
    bars,
    levels,
    svg("path", { class: "axis", d: `M${EDGE.left} ${EDGE.top}V${bottom}` }),
    svg("text", { x: 0, y: 12 }, "requests"),
    timeAxis(most, scale, width, bottom, "from the first byte sent to the last received"),
  );
}

function figures(shots) {
  const by = new Map();
  for (const [, , took, status] of shots) {
    if (!by.has(status)) by.set(status, []);
    by.get(status).push(took);
  }
  const rows = [...by].sort(([a], [b]) => a - b).map(([status, times]) => {
    times.sort((a, b) => a - b);
    const at = (share) => milliseconds(times[Math.min(times.length - 1, Math.ceil(share * times.length) - 1)]);
    const swatch = svg("svg", { class: "swatch", viewBox: "0 0 1 1", "aria-hidden": "true" }, svg("rect", { class: `fill-${colour(status)}`, width: 1, height: 1 }));
    return el("tr", {}, el("th", { scope: "row" }, swatch, statusName(status)), [number(times.length), at(0.5), at(0.95), at(1)].map((text) => el("td", {}, text)));
  });
  const head = ["answer", "requests", "median", "95 %", "longest"].map((text) => el("th", { scope: "col" }, text));
  return el("table", { class: "figures" }, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows));
}
