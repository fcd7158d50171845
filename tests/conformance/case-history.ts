import type {
  AutomationFacts,
  CheckFacts,
  LogMoment,
  PartitionFacts,
  RunFacts,
  UpdateFact,
} from "../../platform/automation/automation-facts.ts";
import { type AssetKey, type CheckKey, parseAssetKey } from "../../platform/core/asset-key.ts";
import type { Asset, AssetCheck, SnapshotDefinitions } from "../../platform/core/definitions-snapshot.ts";
import type { FreshnessState } from "../../platform/core/freshness.ts";
import type { PartitionSet } from "../../platform/core/partitions.ts";
import type { RunId } from "../../platform/core/run.ts";
import { multiKey, parseMultiKey } from "../../platform/partition/multi-key.ts";
import { readConditionExpression } from "./condition-expression.ts";
import { definitionOf, mappingOf, type Written } from "./partition-forms.ts";

/** An asset or check as a case sets it up. */
interface CaseEntity {
  readonly deps?: readonly { readonly key: string; readonly partition_mapping?: unknown }[];
  readonly automation_condition?: string;
  readonly automation_condition_expanded?: string;
  readonly partitions?: Written;
  readonly check_of?: string;
  readonly blocking?: boolean;
  readonly location?: string;
  readonly kind?: string;
  readonly code_version?: string;
  readonly must_run_with?: readonly string[];
}

/** What happens in a case, by its kind. */
export interface HistoryEvent {
  readonly kind: string;
  readonly [field: string]: unknown;
}

interface CaseRun extends RunFacts {
  readonly id: RunId;
  readonly started: LogMoment;
  readonly partition: string | undefined;
  readonly done: Set<string>;
  ended: "no" | "success" | "failed";
}

type Update = { -readonly [Field in keyof UpdateFact]: UpdateFact[Field] } & {
  readonly dataVersion: string | undefined;
};

interface KnownPartition {
  materialized?: Update;
  observed?: Update;
  failed: boolean;
}

/** The log of one case and the facts that follow from it, kept in the plainest way. */
export class CaseHistory {
  readonly #entities: Map<string, CaseEntity>;
  readonly #assets = new Map<string, Map<string, KnownPartition>>();
  readonly #checks = new Map<string, LogMoment & { readonly passed: boolean }>();
  readonly #runs = new Map<string, CaseRun>();
  readonly #backfills = new Map<string, { readonly [asset: string]: readonly (string | null)[] }>();
  readonly #updates: { asset: string; partition: string; cursor: number; run: RunId }[] = [];
  readonly #dynamic: Record<string, string[]> = {};
  readonly #freshness = new Map<string, FreshnessState>();
  readonly #answers = new Map<string, readonly string[] | "all">();
  #touched = new Set<string>();
  #cursor = 0;

  constructor(assets: { readonly [key: string]: CaseEntity }) {
    this.#entities = new Map(Object.entries(assets));
  }

  /** Entities of which something became known since the last call. */
  takeTouched(): ReadonlySet<string> {
    const touched = this.#touched;
    this.#touched = new Set();
    return touched;
  }

  #touch(keys: Iterable<string>): void {
    for (const key of keys) {
      this.#touched.add(key);
      for (const [check, { check_of: asset }] of this.#entities) if (asset === key) this.#touched.add(check);
    }
  }

  locationOf(key: string): string {
    return this.#entities.get(key)?.location ?? "";
  }

  add(event: HistoryEvent, now: Temporal.Instant): void {
    this.#cursor += 1;
    const at = Temporal.Instant.from(String(event["at"] ?? now)).epochMilliseconds;
    const moment = { cursor: this.#cursor, at };
    this.#touch([event["asset"], event["check"]].filter((key) => key !== undefined).map(String));
    const text = (field: string) => (event[field] == null ? undefined : String(event[field]));
    switch (event.kind) {
      case "materialize":
      case "observe":
        this.#update(event, moment);
        break;
      case "check":
        this.#checks.set(text("check") as string, { ...moment, passed: event["passed"] === true });
        this.#endPart(text("run"), text("check") as string, "");
        break;
      case "run_start":
        this.#touch(event["targets"] as string[]);
        this.#runs.set(text("run") as string, {
          id: text("run") as RunId,
          started: moment,
          targets: new Set(event["targets"] as string[]),
          tags: (event["tags"] ?? {}) as { [key: string]: string },
          partition: text("partition"),
          done: new Set(),
          ended: "no",
        });
        break;
      case "run_end":
        this.#endRun(text("run") as string, text("status") === "success" ? "success" : "failed");
        break;
      case "freshness":
        this.#freshness.set(text("asset") as string, event["state"] as FreshnessState);
        break;
      case "answer":
        this.#answers.set(
          `${text("condition")} ${text("asset") ?? text("check")}`,
          event["holds"] === true ? "all" : [],
        );
        break;
      case "backfill_start":
        this.#touch(Object.keys(event["targets"] as object));
        this.#backfills.set(text("backfill") as string, event["targets"] as never);
        break;
      case "backfill_end":
        this.#touch(Object.keys(this.#backfills.get(text("backfill") as string) ?? {}));
        this.#backfills.delete(text("backfill") as string);
        break;
      case "code_version":
        this.#change(text("asset") as string, { code_version: text("version") as string });
        break;
      case "set_condition":
        this.#change(text("asset") as string, {
          automation_condition: text("condition") as string,
          automation_condition_expanded: text("condition") as string,
        });
        break;
      case "set_partitions":
        this.#change(text("asset") as string, { partitions: event["partitions"] as Written });
        break;
      case "set_deps":
        this.#change(text("asset") as string, { deps: event["deps"] as never });
        break;
      case "add_dynamic_partitions": {
        const name = text("name") as string;
        const keys = this.#dynamic[name] ?? [];
        this.#dynamic[name] = keys;
        keys.push(...(event["keys"] as string[]));
        this.#touch(
          [...this.#entities]
            .filter(([, { partitions }]) => partitions?.type === "dynamic" && partitions.name === name)
            .map(([key]) => key),
        );
        break;
      }
      case "wipe": {
        const known = this.#assets.get(text("asset") as string);
        if (event["partition"] === undefined) known?.clear();
        else known?.delete(this.#keyOf(text("asset") as string, text("partition")));
        break;
      }
      default:
        throw new Error(`unknown event ${event.kind}`);
    }
  }

  #change(key: string, change: Partial<CaseEntity>): void {
    this.#entities.set(key, { ...this.#entities.get(key), ...change });
  }

  #update(event: HistoryEvent, moment: LogMoment): void {
    const asset = String(event["asset"]);
    const run = event["run"] === undefined ? undefined : this.#runs.get(String(event["run"]));
    const written =
      event["partition"] ?? (this.#entities.get(asset)?.partitions === undefined ? null : run?.partition);
    const partition = this.#keyOf(asset, written == null ? undefined : String(written));
    const known = this.#partition(asset, partition);
    const field = event.kind === "materialize" ? "materialized" : "observed";
    const dataVersion = event["data_version"] === undefined ? undefined : String(event["data_version"]);
    const before = known[field];
    const isSame = dataVersion !== undefined && before?.dataVersion === dataVersion;
    known[field] = {
      ...moment,
      runId: run?.id,
      started: run?.started ?? moment,
      changed: isSame ? before.changed : moment,
      dataVersion,
    };
    known.failed = false;
    if (run !== undefined) {
      this.#updates.push({ asset, partition, cursor: moment.cursor, run: run.id });
      this.#endPart(run.id, asset, partition);
    }
  }

  #endPart(run: string | undefined, key: string, partition: string): void {
    if (run !== undefined) this.#runs.get(run)?.done.add(`${key}\n${partition}`);
  }

  #endRun(id: string, status: "success" | "failed"): void {
    const run = this.#runs.get(id);
    if (run === undefined) throw new Error(`unknown run ${id}`);
    run.ended = status;
    this.#touch(run.targets);
    if (status === "success") return;
    for (const target of run.targets) {
      const partition = this.#partitionOfRun(target, run);
      if (!run.done.has(`${target}\n${partition}`)) this.#partition(target, partition).failed = true;
    }
  }

  #partitionOfRun(target: string, { partition }: CaseRun): string {
    const isPartitioned = this.#entities.get(target)?.partitions !== undefined;
    return this.#keyOf(target, isPartitioned ? partition : undefined);
  }

  #partition(asset: string, key: string): KnownPartition {
    const partitions = this.#assets.get(asset) ?? new Map<string, KnownPartition>();
    this.#assets.set(asset, partitions);
    const known = partitions.get(key) ?? { failed: false };
    partitions.set(key, known);
    return known;
  }

  /** Multi keys are written with bars between their values. */
  #keyOf(asset: string, written: string | undefined): string {
    if (written === undefined) return "";
    const partitions = this.#entities.get(asset)?.partitions;
    const definition = partitions === undefined ? undefined : definitionOf(partitions);
    if (definition?.type !== "multi") return written;
    return multiKey(parseMultiKey(definition, written) ?? {});
  }

  definitions(): SnapshotDefinitions {
    const assets: Asset[] = [];
    const checks: AssetCheck[] = [];
    const steps: SnapshotDefinitions["steps"][number][] = [];
    for (const [text, entity] of this.#entities) {
      const key = keyOfText(text);
      const condition = entity.automation_condition;
      const automation = condition == null ? {} : { automationCondition: readConditionExpression(condition) };
      if (entity.check_of !== undefined) {
        checks.push({
          ...automation,
          key: text as CheckKey,
          name: text.slice(text.lastIndexOf(":") + 1),
          asset: keyOfText(entity.check_of),
          additionalDeps: [],
          blocking: entity.blocking ?? false,
        });
        continue;
      }
      const mappings = (entity.deps ?? []).flatMap((dep) => {
        const mapping = mappingOf(dep.partition_mapping);
        return mapping === undefined ? [] : [[dep.key, mapping] as const];
      });
      assets.push({
        ...automation,
        key,
        deps: (entity.deps ?? []).map((dep) => keyOfText(dep.key)),
        owners: [],
        tags: {},
        kinds: entity.kind === "view" ? ["view"] : [],
        groupName: "default",
        materializable: entity.kind !== "observable" && entity.kind !== "external",
        observable: entity.kind === "observable",
        checks: [...this.#entities]
          .filter(([, { check_of: asset }]) => asset === text)
          .map(([check]) => check as CheckKey),
        partitionMappings: Object.fromEntries(mappings),
        ...(entity.partitions === undefined ? {} : { partitions: definitionOf(entity.partitions) }),
        ...(entity.code_version === undefined ? {} : { codeVersion: entity.code_version }),
      });
      const together = entity.must_run_with ?? [text];
      if (together[0] === text) {
        steps.push({
          name: text,
          assets: together.map(keyOfText),
          checks: [],
          canSubset: false,
          execution: entity.kind === "observable" ? "observe" : "materialize",
          resources: [],
        });
      }
    }
    return {
      assets,
      checks,
      steps,
      jobs: [],
      schedules: [],
      sensors: [],
      resources: [],
      pools: [],
      ioManagers: [],
      io: "memory",
    };
  }

  facts(): AutomationFacts {
    return {
      cursor: this.#cursor,
      asset: (key) => ({ partitions: this.#factsOf(key), inBackfill: this.#inBackfill(key) }),
      check: (key) => this.#factsOfCheck(key),
      run: (id) => this.#runs.get(id),
      freshness: (key) => this.#freshness.get(key) ?? "unknown",
      updatesSince: (asset, partition, cursor) =>
        this.#updates
          .filter((one) => one.asset === asset && one.partition === partition && one.cursor > cursor)
          .map(({ run }) => run),
      dynamicKeys: this.#dynamic,
      custom: (name, key) => this.#answers.get(`${name} ${key}`),
    };
  }

  #factsOf(asset: AssetKey): ReadonlyMap<string, PartitionFacts> {
    const running = new Set(
      [...this.#runs.values()]
        .filter((run) => run.ended === "no" && run.targets.has(asset))
        .map((run) => ({ run, partition: this.#partitionOfRun(asset, run) }))
        .filter(({ run, partition }) => !run.done.has(`${asset}\n${partition}`))
        .map(({ partition }) => partition),
    );
    const known = this.#assets.get(asset) ?? new Map<string, KnownPartition>();
    const keys = new Set([...known.keys(), ...running]);
    return new Map(
      [...keys].map((key) => [key, { failed: false, ...known.get(key), inRun: running.has(key) }]),
    );
  }

  #inBackfill(asset: AssetKey): PartitionSet[] {
    return [...this.#backfills.values()].flatMap((targets) =>
      (targets[asset] ?? []).map((partition): PartitionSet => {
        const key = this.#keyOf(asset, partition ?? undefined);
        return key === "" ? { kind: "all" } : { kind: "keys", keys: [key] };
      }),
    );
  }

  #factsOfCheck(key: CheckKey): CheckFacts {
    const evaluated = this.#checks.get(key);
    const asset = this.#entities.get(key)?.check_of ?? "";
    const latest = Math.max(
      0,
      ...[...(this.#assets.get(asset)?.values() ?? [])].map(({ materialized }) => materialized?.cursor ?? 0),
    );
    const inRun = [...this.#runs.values()].some(
      (run) => run.ended === "no" && run.targets.has(key) && !run.done.has(`${key}\n`),
    );
    const failed = this.#assets.get(key)?.get("")?.failed ?? false;
    return {
      inRun,
      failed,
      ...(evaluated === undefined
        ? {}
        : { evaluated: { ...evaluated, ofLatest: evaluated.cursor > latest } }),
    };
  }
}

function keyOfText(text: string): AssetKey {
  const parsed = parseAssetKey(text);
  if ("reason" in parsed) throw new Error(`${text} is no asset key: ${parsed.reason}`);
  return parsed.key;
}
