import type { FreshnessState } from "../core/freshness.ts";
import type { PlannedStep } from "../core/run-plan.ts";
import { partitionSetText } from "../partition/partition-set-text.ts";
import type { SimulatedRun } from "./simulated-run.ts";
import type {
  FreshnessBreach,
  QueuePeak,
  SimulatedAsset,
  SimulatedHour,
  SimulatedRequest,
  Simulation,
} from "./simulation.ts";

/** Why a run is asked for. */
export type RequestReason = Pick<SimulatedRequest, "cause" | "by" | "why">;

const hourMs = 3_600_000;

interface Hour {
  requests: number;
  materializations: number;
  mostWaiting: number;
  mostRunning: number;
}

interface AssetCount {
  runs: number;
  materializations: number;
  failures: number;
  readonly hours: Map<number, number>;
}

/** Counts what happens in a simulation. */
export class SimulationTally {
  readonly #untilMs: number;
  readonly #requests: { readonly run: SimulatedRun; readonly reason: RequestReason }[] = [];
  readonly #hours = new Map<number, Hour>();
  readonly #assets = new Map<string, AssetCount>();
  readonly #peaks: QueuePeak[] = [];
  readonly #breaches: FreshnessBreach[] = [];
  readonly #open = new Map<string, FreshnessBreach>();
  #peak: { from: number; at: number; most: number } | undefined;
  #filled: number;
  #waiting = 0;
  #running = 0;

  constructor(fromMs: number, untilMs: number) {
    this.#filled = startOfHour(fromMs);
    this.#untilMs = untilMs;
  }

  requested(run: SimulatedRun, reason: RequestReason, at: number): void {
    this.#requests.push({ run, reason });
    this.#hourOf(at).requests += 1;
    const hour = startOfHour(at);
    for (const key of run.request.assets) {
      const asset = this.#assetOf(key);
      asset.runs += 1;
      asset.hours.set(hour, (asset.hours.get(hour) ?? 0) + 1);
    }
  }

  stepEnded({ assets, partitions }: PlannedStep, status: "success" | "failure", at: number): void {
    const count = partitions?.length ?? 1;
    for (const key of assets) {
      const asset = this.#assetOf(key);
      if (status === "failure") asset.failures += 1;
      else asset.materializations += count;
    }
    if (status === "success") this.#hourOf(at).materializations += count * assets.length;
  }

  queue(waiting: number, running: number, at: number): void {
    this.#fillHours(at);
    this.#waiting = waiting;
    this.#running = running;
    this.#hourOf(at);
    if (waiting > 0) {
      this.#peak ??= { from: at, at, most: 0 };
      if (waiting > this.#peak.most) Object.assign(this.#peak, { at, most: waiting });
    } else this.#endPeak(at);
  }

  freshness(
    asset: string,
    state: FreshnessState,
    { since, at }: { readonly since: number; readonly at: number },
  ): void {
    const open = this.#open.get(asset);
    if (state === "warn" || state === "fail") {
      const worst = open?.state === "fail" ? "fail" : state;
      this.#open.set(asset, { asset, state: worst, from_ms: open?.from_ms ?? since, until_ms: null });
    } else if (open !== undefined) {
      this.#open.delete(asset);
      this.#breaches.push({ ...open, until_ms: at });
    }
  }

  result(): Pick<Simulation, "totals" | "requests" | "assets" | "hours" | "queue_peaks" | "breaches"> {
    this.#endPeak(null);
    this.#fillHours(this.#untilMs - 1);
    const requests = this.#requests.map(requestOf);
    const hours = [...this.#hours].sort(([a], [b]) => a - b).map(([start, hour]) => hourView(start, hour));
    const breaches = [...this.#breaches, ...this.#open.values()].sort(
      (a, b) => a.from_ms - b.from_ms || (a.asset < b.asset ? -1 : 1),
    );
    const assets = [...this.#assets].map(assetView).sort((a, b) => (a.asset < b.asset ? -1 : 1));
    const count = (...statuses: SimulatedRequest["status"][]) =>
      requests.filter(({ status }) => statuses.includes(status)).length;
    return {
      totals: {
        runs: requests.length,
        succeeded: count("success"),
        failed: count("failure"),
        canceled: count("canceled"),
        unfinished: count("queued", "started"),
        materializations: assets.reduce((sum, { materializations }) => sum + materializations, 0),
        breaches: breaches.length,
        most_waiting: hours.reduce((most, hour) => Math.max(most, hour.most_waiting), 0),
        most_running: hours.reduce((most, hour) => Math.max(most, hour.most_running), 0),
      },
      requests,
      assets,
      hours,
      queue_peaks: this.#peaks.toSorted((a, b) => b.most_waiting - a.most_waiting || a.from_ms - b.from_ms),
      breaches,
    };
  }

  #endPeak(at: number | null): void {
    const peak = this.#peak;
    if (peak === undefined) return;
    this.#peaks.push({ from_ms: peak.from, until_ms: at, most_waiting: peak.most, at_ms: peak.at });
    this.#peak = undefined;
  }

  /** What goes on from one hour to the next counts in both. */
  #fillHours(at: number): void {
    for (; this.#filled <= at; this.#filled += hourMs) this.#hourOf(this.#filled);
  }

  #hourOf(at: number): Hour {
    const start = startOfHour(at);
    const known = this.#hours.get(start);
    const hour = known ?? { requests: 0, materializations: 0, mostWaiting: 0, mostRunning: 0 };
    if (known === undefined) this.#hours.set(start, hour);
    hour.mostWaiting = Math.max(hour.mostWaiting, this.#waiting);
    hour.mostRunning = Math.max(hour.mostRunning, this.#running);
    return hour;
  }

  #assetOf(key: string): AssetCount {
    const known = this.#assets.get(key);
    if (known !== undefined) return known;
    const asset = { runs: 0, materializations: 0, failures: 0, hours: new Map<number, number>() };
    this.#assets.set(key, asset);
    return asset;
  }
}

function startOfHour(at: number): number {
  return Math.floor(at / hourMs) * hourMs;
}

function hourView(start: number, hour: Hour): SimulatedHour {
  return {
    start_ms: start,
    requests: hour.requests,
    materializations: hour.materializations,
    most_waiting: hour.mostWaiting,
    most_running: hour.mostRunning,
  };
}

function assetView([asset, { runs, materializations, failures, hours }]: [
  string,
  AssetCount,
]): SimulatedAsset {
  return { asset, runs, materializations, failures, hours: [...hours] };
}

function requestOf({
  run,
  reason,
}: {
  readonly run: SimulatedRun;
  readonly reason: RequestReason;
}): SimulatedRequest {
  const { assets, checks = [], partitions, slices } = run.request;
  const slicesText =
    slices === undefined
      ? null
      : Object.entries(slices)
          .map(([asset, set]) => `${asset}: ${partitionSetText(set)}`)
          .join("; ");
  return {
    run: run.id,
    at_ms: run.createdAtMs,
    ...reason,
    assets,
    checks,
    partitions: partitions === undefined ? slicesText : partitionSetText(partitions),
    status: run.status as SimulatedRequest["status"],
    started_at_ms: run.startedAtMs ?? null,
    ended_at_ms: run.endedAtMs ?? null,
  };
}
