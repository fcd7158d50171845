import type { AutomationFacts, EntityKey } from "../automation/automation-facts.ts";
import { EntityGraph } from "../automation/entity-graph.ts";
import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { SensorSpec } from "../core/job.ts";
import { entitiesThatCanRun } from "../instance/automation-desk.ts";
import { FactsMirror } from "../instance/facts-mirror.ts";
import { statusOf } from "../instance/instigator-switches.ts";
import { automationGroups } from "../instance/instigators.ts";
import { AutomationGroup, type EvaluatedGraph, windowOf } from "./automation-group.ts";
import { FreshnessWatch } from "./freshness-watch.ts";
import { soonest, type TickRound } from "./tick-round.ts";

/** Conditions of assets and checks become runs: one mirror of the facts, and groups that tick apart. */
export class AutomationLoop {
  #mirror: FactsMirror | undefined;
  #groups: readonly AutomationGroup[] = [];
  #snapshot: TickRound["snapshot"] | undefined;
  #checksOf = new Map<AssetKey, readonly CheckKey[]>();
  #dynamicKeys = "";
  #freshness: FreshnessWatch | undefined;

  /** One round; gives the moment at which there is next something to do. */
  async round(round: TickRound): Promise<number | undefined> {
    if (this.#snapshot !== round.snapshot) this.#take(round);
    try {
      this.#mirror ??= await this.#open(round);
      const mirror = this.#mirror;
      const changed = await mirror.refresh();
      return await this.#tick(round, mirror, changed);
    } catch (error) {
      // What was read in part is read anew.
      this.#mirror = undefined;
      this.#snapshot = undefined;
      throw error;
    }
  }

  async #tick(
    round: TickRound,
    mirror: FactsMirror,
    changed: ReadonlySet<EntityKey>,
  ): Promise<number | undefined> {
    const { desk, snapshot, now } = round;
    const { dynamicKeys = {} } = await desk.moment(snapshot, now);
    const freshness = this.#freshness as FreshnessWatch;
    const turned = await freshness.round(round, mirror, changed);
    const facts: AutomationFacts = {
      ...mirror.facts,
      dynamicKeys,
      freshness: (key) => freshness.stateOf(key),
      custom: () => undefined,
    };
    const news = [...changed, ...turned, ...this.#withNewKeys(snapshot, dynamicKeys)];
    let next: number | undefined = freshness.next;
    for (const group of this.#groups) {
      group.note(news);
      if (statusOf(group.spec, round.switches) === "stopped") continue;
      try {
        next = soonest(next, await group.round(round, facts));
      } catch (error) {
        round.onError(error, group.spec.name);
      }
    }
    const running = this.#groups.filter(({ spec }) => statusOf(spec, round.switches) === "running");
    mirror.forgetUpdates(Math.min(mirror.facts.cursor, ...running.map(({ window = 0 }) => window)));
    return next;
  }

  /** New definitions: groups begin with what was stored of their states. */
  #take({ desk, snapshot, onError }: TickRound): void {
    const { definitions } = snapshot;
    const selections = new Map<string, ReadonlySet<string>>();
    const select = (text: string): ReadonlySet<string> => {
      const known = selections.get(text) ?? new Set<string>(desk.select(snapshot, text));
      selections.set(text, known);
      return known;
    };
    const evaluated: EvaluatedGraph = { graph: new EntityGraph(definitions), select };
    const canRun = entitiesThatCanRun(snapshot);
    const specs = automationGroups(definitions);
    const named = specs.filter(({ target }) => target !== undefined);
    const ofNamed = named.map((spec): Members => {
      try {
        return membersOf(spec, select);
      } catch (error) {
        // One whose selection means nothing now has nobody.
        onError(error, spec.name);
        return () => false;
      }
    });
    this.#groups = specs.map((spec) => {
      const own = named.indexOf(spec);
      const has = (key: string): boolean =>
        own >= 0 ? (ofNamed[own] as Members)(key) : !ofNamed.some((members) => members(key));
      return new AutomationGroup(spec, evaluated, { has: (key) => canRun.has(key) && has(key) });
    });
    this.#checksOf = new Map(definitions.assets.map(({ key, checks }) => [key, checks]));
    this.#freshness = new FreshnessWatch(definitions.assets);
    this.#snapshot = snapshot;
  }

  async #open(round: TickRound): Promise<FactsMirror> {
    const windows = await Promise.all(this.#groups.map(({ spec }) => windowOf(spec, round)));
    const known = windows.filter((cursor) => cursor !== undefined);
    return new FactsMirror(round.desk.storage, {
      checksOf: (asset) => this.#checksOf.get(asset) ?? [],
      ...(known.length === 0 ? {} : { since: Math.min(...known) }),
    });
  }

  /** Assets of dynamic partitions, where keys came or went. */
  #withNewKeys(
    { definitions }: TickRound["snapshot"],
    dynamicKeys: AutomationFacts["dynamicKeys"],
  ): EntityKey[] {
    const text = JSON.stringify(dynamicKeys);
    if (text === this.#dynamicKeys) return [];
    this.#dynamicKeys = text;
    return definitions.assets.flatMap(({ key, partitions }) =>
      partitions?.type === "dynamic" || partitions?.type === "multi" ? [key] : [],
    );
  }
}

type Members = (key: string) => boolean;

/** Assets that the group's selection names, with their checks. */
function membersOf({ target }: SensorSpec, select: (text: string) => ReadonlySet<string>): Members {
  if (target === undefined || !("selection" in target)) return () => false;
  const chosen = select(target.selection);
  return (key) => chosen.has(key) || chosen.has(key.slice(0, key.lastIndexOf(":")));
}
