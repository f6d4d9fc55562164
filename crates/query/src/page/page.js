// Draws the charts and lets tables be sorted. All texts go into the page as text, never as markup.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const trimmed = (x, digits) => String(+x.toFixed(digits));
  const short = (n) => {
    for (const [size, unit] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
      if (Math.abs(n) >= size) return `${trimmed(n / size, n / size < 10 ? 1 : 0)} ${unit}`;
    }
    return trimmed(n, 2);
  };
  const usd = (x) => (x === 0 ? "0 $" : Math.abs(x) >= 1000 ? `${short(x)} $` : `${x >= 1 ? trimmed(x, 2) : +x.toPrecision(3)} $`);
  const percent = (x) => `${trimmed(x * 100, x < 0.1 ? 1 : 0)} %`;
  const cut = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
  const colours = (names) => names.map((name, n) => (n === 7 ? "var(--other)" : `var(--c${n % 7})`));

  const legend = (names, range, hidden = []) => {
    const list = document.createElement("ul");
    list.className = "legend";
    names.forEach((name, n) => {
      if (hidden[n]) return;
      const item = document.createElement("li");
      const mark = document.createElement("i");
      mark.style.background = range[n];
      item.append(mark, name);
      list.append(item);
    });
    return list;
  };

  const stack = (chart, width) => {
    const written = chart.unit === "usd" ? usd : short;
    const dates = chart.days.map((day) => new Date(day));
    const day = 86400000;
    const last = dates[dates.length - 1];
    const rows = [];
    chart.values.forEach((values, d) => values.forEach((value, s) => {
      if (value > 0) rows.push({ date: dates[d], value, name: chart.names[s], title: `${chart.days[d]}\n${cut(chart.names[s], 60)}\n${written(value)}` });
    }));
    const range = colours(chart.names);
    const plot = Plot.plot({
      width, height: 230, marginLeft: 62, marginRight: 8, marginTop: 10,
      x: { type: "utc", label: null, domain: [new Date(Math.min(dates[0], last - 13 * day)), new Date(+last + day)], ticks: Math.max(2, Math.floor(width / 110)) },
      y: { label: null, grid: true, ticks: 4, tickFormat: written, nice: true },
      color: { domain: chart.names, range },
      marks: [
        Plot.rectY(rows, Plot.stackY({ x: "date", y: "value", fill: "name", order: chart.names, interval: "day", inset: 0.5, title: "title", tip: true })),
        Plot.ruleY([0]),
      ],
    });
    return [plot, legend(chart.names, range, chart.names.map((_, s) => chart.values.every((values) => values[s] === 0)))];
  };

  // one band a name, in the order of the rows
  const bands = (rows, width) => {
    const length = width < 480 ? 18 : 30;
    const longest = Math.max(...rows.map((row) => cut(row.name, length).length));
    return { height: 40 + rows.length * 24, marginLeft: Math.min(12 + longest * 7, width * 0.45), y: { label: null, domain: rows.map((row) => row.name), tickFormat: (name) => cut(name, length), tickSize: 0 } };
  };

  const whiskers = (chart, width) => {
    const rows = chart.points;
    const title = (row) => `${cut(row.name, 60)}\n${percent(row.rate)} failed: ${row.failed} of ${row.judged}\n95 % interval ${percent(row.low)} to ${percent(row.high)}`;
    return [Plot.plot({
      width, ...bands(rows, width), marginRight: 56, marginTop: 22,
      x: { axis: "top", domain: [0, 1], tickFormat: percent, grid: true, label: null, ticks: width < 480 ? 3 : 5 },
      marks: [
        Plot.ruleY(rows, { y: "name", x1: "low", x2: "high", stroke: "var(--c1)", strokeWidth: 2, strokeOpacity: 0.55 }),
        Plot.dot(rows, { y: "name", x: "rate", r: 4.5, fill: "var(--c1)", title, tip: true }),
        Plot.text(rows, { y: "name", frameAnchor: "right", dx: 50, textAnchor: "end", text: (row) => `${short(row.failed)} / ${short(row.judged)}`, fill: "var(--soft)" }),
      ],
    })];
  };

  const bars = (chart, width) => {
    const rows = chart.bars;
    const title = (row) => `${cut(row.name, 60)}\n${row.took}, ${percent(row.share)} of the turns' time\n${percent(row.critical)} on the critical path`;
    return [Plot.plot({
      width, ...bands(rows, width), marginRight: 84, marginTop: 22,
      x: { axis: "top", tickFormat: percent, grid: true, label: null, ticks: width < 480 ? 3 : 5 },
      marks: [
        Plot.barX(rows, { y: "name", x: "share", fill: "var(--time)", title, tip: true, insetTop: 3, insetBottom: 3 }),
        Plot.barX(rows, { y: "name", x: "critical", fill: "var(--critical)", insetTop: 6, insetBottom: 6 }),
        Plot.text(rows, { y: "name", x: "share", text: "took", textAnchor: "start", dx: 6, fill: "var(--soft)" }),
        Plot.ruleX([0]),
      ],
    }), legend(["in all", "on the critical path"], ["var(--time)", "var(--critical)"])];
  };

  const draw = (place) => {
    const chart = data[place.dataset.chart];
    const width = Math.floor(place.clientWidth);
    if (!chart || width < 50 || place.dataset.width === String(width)) return;
    place.dataset.width = String(width);
    place.replaceChildren(...{ stack, whiskers, bars }[chart.kind](chart, width));
    // the place itself is labelled; what the library labels within it would be heard beside that
    for (const part of place.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  };

  document.documentElement.classList.add("drawn");
  const resized = new ResizeObserver((entries) => requestAnimationFrame(() => entries.forEach((entry) => draw(entry.target))));
  for (const place of document.querySelectorAll("[data-chart]")) {
    draw(place);
    resized.observe(place);
  }

  // a column's first click sorts numbers from the greatest, texts from the first
  const key = (row, n) => {
    const cell = row.cells[n];
    return cell.dataset.sort === undefined ? cell.textContent : Number(cell.dataset.sort);
  };
  for (const table of document.querySelectorAll("table")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, n) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const numbers = head.classList.contains("n");
        const up = head.ariaSort ? head.ariaSort === "descending" : !numbers;
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const body = table.tBodies[0];
        const rows = [...body.rows].map((row) => [key(row, n), row]);
        const order = ([a], [b]) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true }));
        rows.sort((a, b) => (up ? order(a, b) : order(b, a)));
        body.append(...rows.map(([, row]) => row));
      });
    });
  }
})();
