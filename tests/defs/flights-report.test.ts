import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { everyDayHasAirports, lateAirports, report } from "../../defs/flights/report.ts";

const row = (name: string, flights: number, late_percent: number) => ({ name, flights, late_percent });

test("airports come with the latest first", () => {
  const rows = [row("A", 100, 10), row("B", 100, 30), row("C", 100, 20)];
  expect(lateAirports(rows).map(({ name }) => name)).toEqual(["B", "C", "A"]);
});

test("days are weighted by their flights", () => {
  expect(lateAirports([row("A", 90, 10), row("A", 10, 100)])).toEqual([
    { name: "A", flights: 100, late: 19 },
  ]);
});

test("an airport counts from 20 flights on, over all its days", () => {
  const rows = [row("A", 19, 90), row("B", 20, 50), row("C", 10, 40), row("C", 10, 40)];
  expect(lateAirports(rows).map(({ name }) => name)).toEqual(["B", "C"]);
});

test("of equally late airports the busier one comes first", () => {
  expect(lateAirports([row("A", 20, 50), row("B", 40, 50)]).map(({ name }) => name)).toEqual(["B", "A"]);
});

test("an airport without a name is called by its code, and no rows give no airports", () => {
  expect(lateAirports([{ airport: "SEA", name: null, flights: 20n, late_percent: 5 }])).toEqual([
    { name: "SEA", flights: 20, late: 5 },
  ]);
  expect(lateAirports([])).toEqual([]);
});

test("the report is a page with at most 15 airports, their names escaped", async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), "report-"));
  onTestFinished(() => rmSync(dataFolder, { recursive: true }));
  const delays = [
    row('<b>&"', 100, 99),
    ...Array.from({ length: 20 }, (_, index) => row(`Airport ${index}`, 50, index)),
  ];
  const { metadata } = await report.call({ delays, dataFolder });
  const file = join(dataFolder, "reports", "late_airports.html");
  const page = readFileSync(file, "utf8");
  expect(metadata).toMatchObject({ page: { type: "path", value: file }, airports: 15 });
  expect(page.match(/<rect /g)).toHaveLength(15);
  expect(page).toContain("&lt;b>&amp;&quot;, 99 %");
  expect(page).not.toContain("<b>");
  expect(page).not.toContain("Airport 5,");
});

test.for([
  { rows: [], passed: false, days: 0 },
  { rows: [{ day: "2001-01-01" }, { day: "2001-01-01" }, { day: "2001-01-02" }], passed: true, days: 2 },
])("a check over $rows.length rows finds $days days", async ({ rows, passed, days }) => {
  expect(await everyDayHasAirports.call({ value: rows })).toEqual({ passed, metadata: { days } });
});
