import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { AutomationCondition } from "../../platform/core/condition.ts";
import {
  and,
  eager,
  newlyTrue,
  not,
  onCron,
  onMissing,
  operand,
} from "../../platform/core/condition-builders.ts";
import type { DefinitionsSnapshot } from "../../platform/core/definitions-snapshot.ts";
import type { ScheduleSpec } from "../../platform/core/job.ts";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import { type Random, randomOf } from "../automation/random-history.ts";
import { shopOf } from "../daemon/ticking-shop.ts";
import type { PlayedProject } from "./played-daemon.ts";

export const weekStart = Temporal.Instant.from("2026-03-27T17:12:00Z").epochMilliseconds;
const hourMs = 3_600_000;

const conditions: readonly (AutomationCondition | undefined)[] = [
  eager(),
  eager(),
  eager(),
  eager(),
  onCron("15 */6 * * *", "Europe/Berlin"),
  onMissing(),
  newlyTrue(operand("freshness_failed")),
  and(newlyTrue(operand("freshness_warned")), not(operand("run_in_progress"))),
  undefined,
];

/** A project with what happens in its days; all follows from the seed. */
export function randomWeek(seed: number): Omit<PlayedProject, "storage"> {
  const random = randomOf(seed);
  const share = random.pick([0, 0, 0.25, 1]);
  const keys = Array.from({ length: 4 + random.below(5) }, (_, at) => `a${at}` as AssetKey);
  const daily = cadencePartitions("daily", { start: "2026-03-27", timeZone: "Europe/Berlin" });
  const assets = Object.fromEntries(
    keys.map((key, at) => {
      const condition = at < 2 ? undefined : random.pick(conditions);
      return [
        key,
        {
          deps: keys.slice(0, at).filter(() => random.chance(0.35)),
          ...(condition === undefined ? {} : { automationCondition: condition }),
          ...(random.chance(share) ? { partitions: daily } : {}),
          ...(random.chance(0.5)
            ? {
                freshnessPolicy: {
                  type: "time_window" as const,
                  warnSeconds: (2 + random.below(4)) * 3600,
                  failSeconds: (7 + random.below(20)) * 3600,
                },
              }
            : {}),
        },
      ];
    }),
  );
  const schedules = Array.from({ length: 1 + random.below(3) }, (_, at) => randomSchedule(random, at, keys));
  return {
    snapshot: withGroup(shopOf(assets, { schedules }), random),
    fromMs: weekStart,
    forMs: 3 * 24 * hourMs,
    // No two alike, so that what ends at one moment is no matter of chance.
    durations: Object.fromEntries(
      keys.map((key, at) => [
        key,
        1_009 * (at + 1) + random.below(random.chance(0.2) ? 3 * hourMs : 400_000),
      ]),
    ),
    failures: Array.from({ length: random.below(3) }, () => ({
      asset: random.pick(keys),
      atMs: weekStart + random.below(48) * hourMs,
    })),
    settings: {
      maxConcurrentRuns: 1000,
      tagLimits: [],
      ...(random.chance(0.5)
        ? {
            retryPolicy: {
              maxRetries: 2,
              strategy: random.pick(["from_failure", "all"] as const),
              onStepFailure: true,
              delaySeconds: 90,
            },
          }
        : {}),
    },
  };
}

function randomSchedule(random: Random, at: number, keys: readonly AssetKey[]): ScheduleSpec {
  return {
    name: `s${at}`,
    cron: random.pick(["30 2 * * *", "0 */3 * * *", "*/40 * * * *", ["0 6 * * *", "10 6 * * *"]]),
    timeZone: random.pick(["Europe/Berlin", "UTC"]),
    target: {
      selection: at === 0 ? "key:a0 or key:a1" : `key:${random.pick(keys)}${random.chance(0.3) ? "+" : ""}`,
    },
    defaultStatus: at > 0 && random.chance(0.2) ? "stopped" : "running",
    ...(random.chance(0.4) ? { overlap: random.pick(["skip", "queue", "cancel_previous"] as const) } : {}),
    ...(random.chance(0.3) ? { jitterSeconds: 900 } : {}),
    ...(random.chance(0.3) ? { catchUp: { type: "all" as const, max: 3 } } : {}),
  };
}

function withGroup(snapshot: DefinitionsSnapshot, random: Random): DefinitionsSnapshot {
  if (random.chance(0.6)) return snapshot;
  return {
    ...snapshot,
    definitions: {
      ...snapshot.definitions,
      sensors: [
        {
          name: "slow",
          kind: "automation",
          target: { selection: "key:a3" },
          minimumIntervalSeconds: 600,
          defaultStatus: "running",
        },
      ],
    },
  };
}
