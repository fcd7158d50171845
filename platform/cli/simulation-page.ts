import { timeText } from "../automation/explain-cause.ts";
import type { SimulatedHour, Simulation } from "../simulate/simulation.ts";
import { simulationText } from "./simulation-text.ts";

const width = 1000;
const left = 48;
const hourMs = 3_600_000;
/** Rows of the chart of assets. */
const mostAssets = 60;
/** Rows of the list of runs. */
const mostRequests = 1000;

/** A simulation as one HTML file that needs nothing else: charts of runs, queue, assets and freshness, and the runs. */
export function simulationPage(simulation: Simulation): string {
  const { from_ms: from, until_ms: until } = simulation;
  const title = `Simulation from ${timeText(from)} to ${timeText(until)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>
:root { color-scheme: light dark; --ink: #1c2430; --soft: #667085; --paper: #fff; --line: #d6dbe3; --run: #2f6fde; --wait: #d9822b; --fail: #cc3344; --warn: #d9a520; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #98a2b3; --paper: #14181f; --line: #333b47; --run: #6ea1ff; --wait: #f0a35a; --fail: #ff6b7a; --warn: #f2c94c; } }
body { font: 14px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto; max-width: 1060px; padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
svg { width: 100%; height: auto; } svg text { fill: var(--soft); font-size: 11px; }
svg line { stroke: var(--line); }
.run { fill: var(--run); } .wait { fill: none; stroke: var(--wait); stroke-width: 1.5; } .fail { fill: var(--fail); } .warn { fill: var(--warn); }
pre { overflow-x: auto; } table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: 2px 8px 2px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.key { color: var(--soft); }
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<h2>Runs asked for and runs that wait, by the hour</h2>
<p class="key">Bars: runs asked for. Line: most runs waiting.</p>
${hoursChart(simulation)}
<h2>Runs of each asset</h2>
${assetsChart(simulation)}
${breachesPart(simulation)}
<h2>In numbers</h2>
<pre>${escaped(simulationText(simulation))}</pre>
<h2>Runs in order</h2>
${requestsTable(simulation)}
</body>
</html>
`;
}

function hoursChart({ hours, from_ms: from, until_ms: until }: Simulation): string {
  const height = 180;
  const most = Math.max(1, ...hours.flatMap((hour) => [hour.requests, hour.most_waiting]));
  const x = scaleOf(from, until);
  const y = (value: number) => fixed(height - (value / most) * (height - 10));
  const bars = hours
    .filter(({ requests }) => requests > 0)
    .map(({ start_ms: start, requests }) => {
      const [at, to] = [x(start), x(start + hourMs)];
      return `<rect class="run" x="${fixed(at)}" y="${y(requests)}" width="${fixed(Math.max(1, to - at - 0.5))}" height="${fixed(height - Number(y(requests)))}"><title>${timeText(start)}: ${requests} runs</title></rect>`;
    });
  return chart(height, [
    ...days(from, until, height),
    `<text x="0" y="12">${most}</text><text x="0" y="${height}">0</text>`,
    ...bars,
    `<polyline class="wait" points="${waitingPoints(hours, { x, y })}"/>`,
  ]);
}

function waitingPoints(
  hours: readonly SimulatedHour[],
  { x, y }: { x(ms: number): number; y(value: number): string },
): string {
  return hours
    .flatMap(({ start_ms: start, most_waiting: most }) => [
      `${fixed(x(start))},${y(most)}`,
      `${fixed(x(start + hourMs))},${y(most)}`,
    ])
    .join(" ");
}

function assetsChart({ assets, from_ms: from, until_ms: until }: Simulation): string {
  if (assets.length === 0) return "<p>Nothing runs.</p>";
  const shown = assets
    .toSorted((a, b) => b.runs - a.runs || (a.asset < b.asset ? -1 : 1))
    .slice(0, mostAssets);
  const row = 16;
  const height = shown.length * row;
  const x = scaleOf(from, until);
  const most = Math.max(1, ...shown.flatMap(({ hours }) => hours.map(([, runs]) => runs)));
  const rows = shown.flatMap(({ asset, hours, runs }, place) => [
    ...hours.map(
      ([start, count]) =>
        `<rect class="run" x="${fixed(x(start))}" y="${place * row + 2}" width="${fixed(Math.max(2, x(start + hourMs) - x(start)))}" height="${row - 4}" opacity="${fixed(0.3 + (0.7 * count) / most)}"><title>${escaped(asset)}, ${timeText(start)}: ${count} runs</title></rect>`,
    ),
    `<text x="${left + 4}" y="${place * row + row - 5}">${escaped(asset)} (${runs})</text>`,
  ]);
  const rest = assets.length > shown.length ? `<p>and ${assets.length - shown.length} more assets</p>` : "";
  return chart(height, [...days(from, until, height), ...rows]) + rest;
}

function breachesPart({ breaches, from_ms: from, until_ms: until }: Simulation): string {
  if (breaches.length === 0) return "";
  const assets = [...new Set(breaches.map(({ asset }) => asset))].slice(0, mostAssets);
  const row = 16;
  const height = assets.length * row;
  const x = scaleOf(from, until);
  const bars = breaches
    .filter(({ asset }) => assets.includes(asset))
    .map(({ asset, state, from_ms: start, until_ms: end }) => {
      const [at, to] = [x(Math.max(start, from)), x(end ?? until)];
      return `<rect class="${state}" x="${fixed(at)}" y="${assets.indexOf(asset) * row + 2}" width="${fixed(Math.max(2, to - at))}" height="${row - 4}"><title>${escaped(asset)}: ${state} from ${timeText(start)}</title></rect>`;
    });
  const names = assets.map(
    (asset, place) => `<text x="${left + 4}" y="${place * row + row - 5}">${escaped(asset)}</text>`,
  );
  return `<h2>Outside their freshness policies</h2>\n${chart(height, [...days(from, until, height), ...bars, ...names])}`;
}

function requestsTable({ requests }: Simulation): string {
  const rows = requests
    .slice(0, mostRequests)
    .map(
      ({ at_ms: at, by, why, assets, checks, partitions, status }) =>
        `<tr><td>${timeText(at)}</td><td>${escaped(by)}</td><td>${escaped([...assets, ...checks].join(", "))}${partitions === null ? "" : ` (${escaped(partitions)})`}</td><td>${escaped(why)}</td><td>${status}</td></tr>`,
    );
  const rest =
    requests.length > mostRequests ? `<p>and ${requests.length - mostRequests} more; --json has all</p>` : "";
  return `<table><thead><tr><th>At</th><th>By</th><th>Assets</th><th>Why</th><th>Ends</th></tr></thead><tbody>\n${rows.join("\n")}\n</tbody></table>${rest}`;
}

function chart(height: number, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${width} ${height + 18}" role="img">\n${parts.join("\n")}\n</svg>`;
}

/** A line at each midnight of UTC; of a long time only so many that they can be told apart. */
function days(from: number, until: number, height: number): string[] {
  const x = scaleOf(from, until);
  const dayMs = 24 * hourMs;
  const every = Math.max(1, Math.ceil((until - from) / dayMs / 14)) * dayMs;
  const lines: string[] = [];
  for (let day = Math.ceil(from / dayMs) * dayMs; day < until; day += every) {
    const at = fixed(x(day));
    lines.push(
      `<line x1="${at}" x2="${at}" y1="0" y2="${height}"/><text x="${at}" y="${height + 14}">${timeText(day).slice(5, 10)}</text>`,
    );
  }
  return lines;
}

function scaleOf(from: number, until: number): (ms: number) => number {
  return (ms) => left + ((Math.min(Math.max(ms, from), until) - from) / (until - from)) * (width - left);
}

function fixed(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
