import type { AutomationFacts, EntityKey } from "../automation/automation-facts.ts";
import { groupMembers } from "../automation/automation-groups.ts";
import { customAsks } from "../automation/custom-asks.ts";
import { EntityGraph } from "../automation/entity-graph.ts";
import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import { FactsMirror } from "../instance/facts-mirror.ts";
import { statusOf } from "../instance/instigator-switches.ts";
import { AutomationGroup, type EvaluatedGraph, windowOf } from "./automation-group.ts";
import { type Asks, CustomConditions } from "./custom-conditions.ts";
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
  readonly #custom = new CustomConditions();
  #asks: Asks = new Map();

  /** One round; gives the moment at which there is next something to do. */
  async round(round: TickRound): Promise<number | undefined> {
    if (this.#snapshot !== round.snapshot) this.#take(round);
    try {
      this.#mirror ??= await this.#open(round);
      const mirror = this.#mirror;
      await this.#openGroups(round);
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
      custom: (name, key) => this.#custom.answer(name, key),
    };
    const happened = [...changed, ...turned, ...this.#withNewKeys(snapshot, dynamicKeys)];
    const news = [...happened, ...(await this.#custom.round(round, this.#asks, happened.length > 0))];
    let next = soonest(freshness.next, this.#custom.next(this.#asks));
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

  /** What other daemons decided is read before the facts, which tell at least what those decisions have seen. */
  async #openGroups(round: TickRound): Promise<void> {
    for (const group of this.#groups) {
      if (statusOf(group.spec, round.switches) === "stopped") continue;
      try {
        await group.open(round);
      } catch (error) {
        round.onError(error, group.spec.name);
      }
    }
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
    this.#asks = customAsks(evaluated.graph);
    this.#groups = groupMembers(snapshot, { select, onError }).map(
      (group) => new AutomationGroup(group, evaluated),
    );
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
