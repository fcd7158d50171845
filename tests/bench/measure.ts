import { spawnSync } from "node:child_process";
import { availableParallelism, loadavg } from "node:os";

/** What one process cost: wall and CPU seconds, and the most memory it held in MB. */
export interface Cost {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
  readonly stdout: string;
}

/**
 * Runs the packaged Node on `args` and measures that process.
 *
 * CPU and memory are read by the child itself at its end, through `report-cost.js`. Throws when it fails with
 * another exit code than 0 or 1.
 */
export function measureNode(
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): Cost {
  const reporter = new URL("report-cost.js", import.meta.url).href;
  const started = performance.now();
  const child = spawnSync(process.execPath, ["--import", reporter, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const wallSeconds = (performance.now() - started) / 1000;
  if (child.status !== 0 && child.status !== 1)
    throw new Error(`${args.join(" ")} ended with ${child.status}: ${child.stderr}`);
  const cost = /DOP_COST (\S+) (\S+)/.exec(child.stderr);
  if (cost === null) throw new Error(`no cost in: ${child.stderr}`);
  return { wallSeconds, cpuSeconds: Number(cost[1]), peakMb: Number(cost[2]), stdout: child.stdout };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

/** `median (least–most)`, with so many digits behind the point. */
export function spread(values: readonly number[], digits = 2): string {
  const fixed = (value: number) => value.toFixed(digits);
  return `${fixed(median(values))} (${fixed(Math.min(...values))}–${fixed(Math.max(...values))})`;
}

/** How busy the machine is: wall times mean little while others work on it. */
export function printLoad(when: string): void {
  const averages = loadavg().map((average) => average.toFixed(2));
  console.log(`load average ${when}: ${averages.join(" ")} on ${availableParallelism()} cores`);
}

export function printTable(
  title: string,
  rows: readonly { readonly [column: string]: string | number }[],
): void {
  console.log(`\n${title}`);
  const columns = Object.keys(rows[0] ?? {});
  const widths = columns.map((column) =>
    Math.max(column.length, ...rows.map((row) => String(row[column]).length)),
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) => cell.padEnd(widths[index] as number)).join("  ");
  console.log(line(columns));
  for (const row of rows) console.log(line(columns.map((column) => String(row[column]))));
}
