import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asset, check, materializeResult, type Row } from "#platform";

/** The airports with the most late departures over all days that were loaded, as a page with a chart. */
export const report = asset(
  {
    key: "report/late_airports",
    group: "reports",
    kinds: ["html"],
    description: "A page with a chart of the airports where most flights leave late.",
    ins: { delays: "mart/airport_delays" },
  },
  ({ delays, dataFolder }) => {
    const airports = lateAirports(delays as Iterable<Row>).slice(0, 15);
    const file = join(dataFolder, "reports", "late_airports.html");
    mkdirSync(join(dataFolder, "reports"), { recursive: true });
    writeFileSync(file, pageOf(airports));
    return materializeResult({
      metadata: {
        page: { type: "path", value: file },
        airports: airports.length,
        worst: {
          type: "md",
          value: airports
            .slice(0, 5)
            .map(({ name, late }) => `- ${name}: ${late.toFixed(0)} %`)
            .join("\n"),
        },
      },
    });
  },
);

export const everyDayHasAirports = check(
  "mart/airport_delays",
  "every_day_has_airports",
  { description: "No loaded day is without departures." },
  ({ value }) => {
    const days = new Set([...(value as Iterable<Row>)].map(({ day }) => String(day)));
    return { passed: days.size > 0, metadata: { days: days.size } };
  },
);

interface LateAirport {
  readonly name: string;
  readonly flights: number;
  /** Share of late flights in percent. */
  readonly late: number;
}

/** Airports with at least 20 flights, the latest first; days are weighted by their flights. */
export function lateAirports(rows: Iterable<Row>): LateAirport[] {
  const totals = new Map<string, { flights: number; late: number }>();
  for (const row of rows) {
    const name = String(row["name"] ?? row["airport"]);
    const total = totals.get(name) ?? { flights: 0, late: 0 };
    total.flights += Number(row["flights"]);
    total.late += (Number(row["flights"]) * Number(row["late_percent"])) / 100;
    totals.set(name, total);
  }
  return [...totals]
    .filter(([, { flights }]) => flights >= 20)
    .map(([name, { flights, late }]) => ({ name, flights, late: (100 * late) / flights }))
    .toSorted((a, b) => b.late - a.late || b.flights - a.flights);
}

function pageOf(airports: readonly LateAirport[]): string {
  const bars = airports.map(({ name, late }, index) => {
    const y = 24 * index;
    const label = `${escapeHtml(name)}, ${late.toFixed(0)} %`;
    return `<rect x="0" y="${y}" width="${(late * 5).toFixed(1)}" height="20" fill="#3b6fb6"/><text x="${(late * 5 + 6).toFixed(1)}" y="${y + 15}">${label}</text>`;
  });
  return `<!doctype html>
<meta charset="utf-8">
<title>Late airports</title>
<style>body { font: 14px system-ui; margin: 2rem } text { font: 13px system-ui }</style>
<h1>Where flights leave late</h1>
<svg width="900" height="${24 * airports.length}" role="img" aria-label="Share of late flights by airport">${bars.join("")}</svg>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
