import { timeText } from "../automation/explain-cause.ts";
import type { SimulationComparison } from "../simulate/compare-simulations.ts";
import type { FreshnessBreach, Simulation } from "../simulate/simulation.ts";
import { counted } from "./report/text-report.ts";
import { tableText } from "./table-text.ts";

/** Of longer lists the rest is counted: `--json` has all. */
const mostRows = 15;
const mostPeaks = 5;

/** A simulation in a page of text: totals, schedules, the busiest assets, the queue, freshness, what is not known. */
export function simulationText(simulation: Simulation): string {
  const { from_ms: from, until_ms: until, totals, durations } = simulation;
  const parts = [
    `from ${timeText(from)} to ${timeText(until)}, steps as long as ${durations === "history" ? "they took before" : durations}`,
    totalsText(totals),
    schedulesText(simulation),
    assetsText(simulation),
    queueText(simulation),
    breachesText(simulation),
    failuresText(simulation),
    listText(
      "came to nothing",
      simulation.faults.map(({ text, times }) => `${text} (${times} times)`),
    ),
    listText("supposed", simulation.assumptions),
    listText("not known", simulation.not_known),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function totalsText(totals: Simulation["totals"]): string {
  const ends = [
    `${totals.succeeded} succeed`,
    ...(totals.failed === 0 ? [] : [`${totals.failed} fail`]),
    ...(totals.canceled === 0 ? [] : [`${totals.canceled} are canceled`]),
    ...(totals.unfinished === 0 ? [] : [`${totals.unfinished} go on or wait at the end`]),
  ];
  return [
    totals.runs === 0 ? "nothing runs" : `${counted(totals.runs, "run")}: ${ends.join(", ")}`,
    `${counted(totals.materializations, "materialization")}, at most ${counted(totals.most_running, "run")} at once and ${totals.most_waiting} waiting`,
  ].join("\n");
}

function schedulesText({ schedules }: Simulation): string {
  if (schedules.length === 0) return "";
  return limitedTable(
    ["schedule", "status", "ticks", "runs", "nothing because"],
    schedules.map(({ schedule, status, ticks, runs, skipped }) => [
      schedule,
      status === "running" ? "on" : "off",
      String(ticks),
      String(runs),
      Object.entries(skipped)
        .map(([reason, times]) => (times === 1 ? reason : `${reason} (${times} times)`))
        .join("; "),
    ]),
  );
}

function assetsText({ assets, from_ms: from, until_ms: until }: Simulation): string {
  if (assets.length === 0) return "";
  const days = (until - from) / 86_400_000;
  const busiest = assets.toSorted((a, b) => b.runs - a.runs || (a.asset < b.asset ? -1 : 1));
  return limitedTable(
    ["asset", "runs", "a day", "made", "failed", "most in an hour"],
    busiest.map(({ asset, runs, materializations, failures, hours }) => [
      asset,
      String(runs),
      (runs / days).toFixed(1),
      String(materializations),
      String(failures),
      busiestHour(hours),
    ]),
  );
}

function busiestHour(hours: readonly (readonly [number, number])[]): string {
  const [first, ...others] = hours;
  if (first === undefined) return "";
  const [at, runs] = others.reduce((most, hour) => (hour[1] > most[1] ? hour : most), first);
  return `${runs} from ${timeText(at)}`;
}

function queueText({ queue_peaks: peaks }: Simulation): string {
  if (peaks.length === 0) return "no run waits for its turn";
  const rows = peaks
    .slice(0, mostPeaks)
    .map(({ from_ms: from, until_ms: until, most_waiting: most, at_ms: at }) => [
      String(most),
      timeText(at),
      timeText(from),
      until === null ? "still at the end" : stretchText(until - from),
    ]);
  const table = tableText(["most waiting", "at", "from", "for"], rows);
  return peaks.length > mostPeaks ? `${table}\nand ${peaks.length - mostPeaks} lower peaks` : table;
}

function breachesText({ breaches, until_ms: end }: Simulation): string {
  if (breaches.length === 0) return "everything stays as fresh as it should be";
  return limitedTable(
    ["outside its freshness policy", "worst", "from", "for"],
    breaches.map((breach) => [breach.asset, breach.state, timeText(breach.from_ms), lengthText(breach, end)]),
  );
}

function lengthText({ from_ms: from, until_ms: until }: FreshnessBreach, end: number): string {
  const length = stretchText((until ?? end) - from);
  return until === null ? `${length} and on` : length;
}

/** The two largest units of a length of time, such as 18h 59m. */
function stretchText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const units = [
    [86_400, "d"],
    [3600, "h"],
    [60, "m"],
    [1, "s"],
  ] as const;
  const first = units.findIndex(([length]) => seconds >= length);
  if (first < 0) return "0s";
  let left = seconds;
  const parts = units.slice(first, first + 2).map(([length, unit]) => {
    const count = Math.floor(left / length);
    left -= count * length;
    return count === 0 ? "" : `${count}${unit}`;
  });
  return parts.filter((part) => part !== "").join(" ");
}

function failuresText({ failures }: Simulation): string {
  return listText(
    "failures asked for",
    failures.map(({ asset, at_ms: at, run }) =>
      run === null
        ? `${asset} from ${timeText(at)}: nothing ran that could have failed`
        : `${asset} from ${timeText(at)}: ${run}`,
    ),
  );
}

/** What the same time looks like with other definitions. */
export function comparisonText(comparison: SimulationComparison, ref: string): string {
  const { totals, assets, new_breaches: broken, ended_breaches: mended } = comparison;
  const changed = Object.entries(totals).filter(([, { before, after }]) => before !== after);
  if (changed.length === 0 && assets.length === 0 && broken.length === 0 && mended.length === 0)
    return `the same as with the definitions of ${ref}`;
  return [
    `compared with the definitions of ${ref}`,
    ...changed.map(([name, { before, after }]) => `  ${name.replaceAll("_", " ")}: ${before} → ${after}`),
    ...(assets.length === 0
      ? []
      : [
          limitedTable(
            ["asset", "runs before", "runs now"],
            assets.map(({ asset, before, after }) => [asset, String(before), String(after)]),
          ),
        ]),
    listText("no longer fresh enough", broken),
    listText("fresh enough now", mended),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function limitedTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = tableText(heading, rows.slice(0, mostRows));
  return rows.length > mostRows ? `${table}\nand ${rows.length - mostRows} more; --json has all` : table;
}

function listText(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [`${heading}:`, ...lines.map((line) => `  ${line}`)].join("\n");
}
