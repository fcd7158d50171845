import type { HistoryEvent } from "../conformance/case-history.ts";

/** Numbers that follow from a seed alone (mulberry32). */
export interface Random {
  /** From 0 up to but not including 1. */
  next(): number;
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
  chance(share: number): boolean;
}

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: <T>(items: readonly T[]) => items[below(items.length)] as T,
    chance: (share) => next() < share,
  };
}

interface RandomAsset {
  readonly deps: readonly { readonly key: string; readonly partition_mapping?: object }[];
  readonly partitions?: object;
  readonly check_of?: string;
  readonly blocking?: boolean;
  readonly automation_condition?: string;
  readonly kind?: string;
}

export type RandomAssets = { readonly [key: string]: RandomAsset };

const partitions = [
  undefined,
  undefined,
  { type: "static", keys: ["a", "b", "c"] },
  { type: "daily", start: "2024-03-01" },
  { type: "hourly", start: "2024-03-08-20:00" },
  { type: "dynamic", name: "files" },
] as const;

const leaves = [
  "missing",
  "newly_updated",
  "newly_requested",
  "will_be_requested",
  "run_in_progress",
  "execution_failed",
  "data_version_changed",
  "initial_evaluation",
  "in_latest_time_window",
  "executed_with_root_target",
  "backfill_in_progress",
  "code_version_changed",
  "freshness_failed",
  "freshness_warned",
  "executed_with_tags(tag_values={'env': 'prod'})",
  "any_new_update_has_run_tags(tag_keys=['env'])",
  "all_new_updates_have_run_tags(tag_values={'env': 'prod'})",
  "all_deps_updated_since_last_handled",
  "any_downstream_conditions",
  "in_latest_time_window(lookback_hours=30)",
  "custom(busy)",
  "cron_tick_passed(cron=*/30 * * * *, tz=UTC)",
  "cron_tick_passed(cron=0 0 * * *, tz=Europe/Berlin)",
];

function condition(random: Random, depth: number): string {
  if (depth === 0 || random.chance(0.25)) return random.pick(leaves);
  const part = () => condition(random, depth - 1);
  const key = () => `n${random.below(8)}`;
  switch (random.below(14)) {
    case 7:
      return `any_deps_match(${part()}).ignore(${key()})`;
    case 8:
      return `all_deps_match(${part()}).allow(${key()})`;
    case 9:
      return `asset_matches(${part()}, key=${key()})`;
    case 10:
      return `all_checks_match((check_passed | ${part()}), blocking_only=true)`;
    case 11:
      return `any_deps_match(${part()}).with_transparent_views()`;
    case 12:
      return `${part()}.since_last_handled(${random.pick(["requested", "updated", ""])})`;
    case 0:
      return `(${part()} & ${part()})`;
    case 1:
      return `(${part()} | ${part()})`;
    case 2:
      return `~${part()}`;
    case 3:
      return `since(${part()}, reset=${part()})`;
    case 4:
      return `newly_true(${part()})`;
    case 5:
      return `any_deps_match(${part()})`;
    case 6:
      return `all_deps_match(${part()})`;
    default:
      return `any_checks_match((check_failed | ${part()}))`;
  }
}

/** A graph of three to eight assets, some with checks, with conditions of every shape. */
export function randomConditions(random: Random): RandomAssets {
  const assets: Record<string, RandomAsset> = {};
  const count = 3 + random.below(6);
  const shared = random.pick(partitions);
  for (let number = 0; number < count; number++) {
    const chosen = random.chance(0.6) ? shared : random.pick(partitions);
    const earlier = Array.from({ length: number }, (_, at) => `n${at}`);
    const written = random.pick([
      "eager",
      "on_missing",
      'on_cron("0 * * * *")',
      'on_cron("*/30 * * * *", "UTC", deps_since="0 * * * *")',
      'on_cron("0 * * * *", "UTC", deps_since="freshness", catch_up="2d")',
      'on_cron("0 * * * *", "UTC", catch_up="all")',
      'eager("all")',
      'eager("2d").with_transparent_views()',
      "(all_deps_updated_since_last_handled & ~in_progress)",
      "all_deps_updated_since_last_handled.with_transparent_views()",
      "any_downstream_conditions",
      condition(random, 2),
      condition(random, 3),
      undefined,
    ]);
    assets[`n${number}`] = {
      deps: earlier.filter(() => random.chance(0.4)).map((key) => ({ key })),
      ...(chosen === undefined ? {} : { partitions: chosen }),
      ...(written === undefined ? {} : { automation_condition: written }),
      ...(random.chance(0.1) ? { kind: "observable" } : random.chance(0.2) ? { kind: "view" } : {}),
    };
    if (random.chance(0.3)) {
      assets[`n${number}:q`] = {
        deps: [],
        check_of: `n${number}`,
        blocking: random.chance(0.5),
        ...(random.chance(0.5) ? { automation_condition: random.pick(["eager", condition(random, 2)]) } : {}),
      };
    }
  }
  return assets;
}

function partitionOf(random: Random, asset: RandomAsset): object {
  switch ((asset.partitions as { type?: string } | undefined)?.type) {
    case "static":
      return { partition: random.pick(["a", "b", "c"]) };
    case "daily":
      return { partition: random.pick(["2024-03-07", "2024-03-08", "2024-03-09", "2024-03-10"]) };
    case "hourly":
      return { partition: random.pick(["2024-03-08-21:00", "2024-03-08-22:00", "2024-03-08-23:00"]) };
    case "dynamic":
      return { partition: random.pick(["f1", "f2"]) };
    default:
      return {};
  }
}

/** One to three things that happen between two ticks. */
export function randomEvents(random: Random, assets: RandomAssets, tick: number): HistoryEvent[] {
  const keys = Object.keys(assets).filter((key) => assets[key]?.check_of === undefined);
  const checks = Object.keys(assets).filter((key) => assets[key]?.check_of !== undefined);
  return Array.from({ length: 1 + random.below(3) }, (_, number) => {
    const asset = random.pick(keys);
    const where = partitionOf(random, assets[asset] as RandomAsset);
    const run = `r${tick}.${number}`;
    const version = random.chance(0.5) ? {} : { data_version: random.pick(["v1", "v2"]) };
    const tags = random.chance(0.5) ? {} : { tags: { env: random.pick(["prod", "test"]) } };
    switch (random.below(checks.length > 0 ? 10 : 9)) {
      case 0:
      case 1:
        return [{ kind: "materialize", asset, ...where, ...version }];
      case 2:
        return [{ kind: "observe", asset, ...where, ...version }];
      case 3:
        return [
          { kind: "run_start", run, targets: [asset, random.pick(keys)], ...where, ...tags },
          { kind: "materialize", asset, ...where, run },
          { kind: "run_end", run, status: random.pick(["success", "failed"]) },
        ];
      case 4:
        return [{ kind: "run_start", run, targets: [asset], ...where }];
      case 5:
        return random.chance(0.5)
          ? [{ kind: "add_dynamic_partitions", name: "files", keys: [`f${tick}.${number}`] }]
          : [{ kind: "wipe", asset }];
      case 6:
        return random.chance(0.7)
          ? [{ kind: "freshness", asset, state: random.pick(["pass", "warn", "fail"]) }]
          : [{ kind: "answer", condition: "busy", asset, holds: random.chance(0.5) }];
      case 7: {
        const backfill = `b${tick}.${number}`;
        const { partition = null } = where as { readonly partition?: string };
        return [
          { kind: "backfill_start", backfill, targets: { [asset]: [partition] } },
          ...(random.chance(0.6) ? [{ kind: "backfill_end", backfill }] : []),
        ];
      }
      case 8:
        return [{ kind: "code_version", asset, version: random.pick(["1", "2"]) }];
      default:
        return [{ kind: "check", check: random.pick(checks), passed: random.chance(0.5) }];
    }
  }).flat();
}
