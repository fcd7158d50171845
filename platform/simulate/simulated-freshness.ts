import type { AutomationFacts, EntityKey } from "../automation/automation-facts.ts";
import { freshnessMoment } from "../automation/freshness-moment.ts";
import { nextFreshnessChange } from "../automation/freshness-state.ts";
import { type FreshnessRecord, settleFreshness } from "../automation/settle-freshness.ts";
import { Timers } from "../automation/timers.ts";
import type { AssetKey } from "../core/asset-key.ts";
import type { Asset } from "../core/definitions-snapshot.ts";
import type { FreshnessState } from "../core/freshness.ts";
import type { PartitionMoment } from "../partition/partition-keys.ts";
import type { SimulatedLog } from "./simulated-log.ts";

export interface FreshnessTurn {
  readonly asset: AssetKey;
  readonly state: FreshnessState;
  /** Since when it is so, by what is known, in milliseconds since 1970. */
  readonly since: number;
  /** Whether it is another state than before, and not only known anew. */
  readonly isNews: boolean;
}

/** How fresh assets are in virtual time, judged when they change or a moment comes. */
export class SimulatedFreshness {
  readonly #assets: ReadonlyMap<string, Asset>;
  readonly #records: Map<string, FreshnessRecord>;
  readonly #timers = new Timers();
  #isFirst = true;

  constructor(assets: readonly Asset[], records: { readonly [asset: string]: FreshnessRecord }) {
    const judged = assets.filter(({ freshnessPolicy }) => freshnessPolicy !== undefined);
    this.#assets = new Map(judged.map((asset) => [asset.key, asset]));
    this.#records = new Map(Object.entries(records).filter(([key]) => this.#assets.has(key)));
  }

  get next(): number | undefined {
    return this.#isFirst ? undefined : this.#timers.next;
  }

  stateOf(key: string): FreshnessState {
    return this.#records.get(key)?.state ?? "unknown";
  }

  /** Judges what changed or is due; the first time all. */
  round(
    changed: ReadonlySet<EntityKey>,
    {
      log,
      facts,
      moment,
    }: {
      readonly log: SimulatedLog;
      readonly facts: Pick<AutomationFacts, "asset">;
      readonly moment: PartitionMoment;
    },
  ): FreshnessTurn[] {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    const now = moment.now.epochMilliseconds;
    const due = new Set<string>(isFirst ? this.#assets.keys() : this.#timers.due(now));
    for (const key of changed) if (this.#assets.has(key)) due.add(key);
    const turns: FreshnessTurn[] = [];
    for (const key of due) {
      const asset = this.#assets.get(key) as Asset;
      const policy = asset.freshnessPolicy as NonNullable<Asset["freshnessPolicy"]>;
      const newest = log.newest(asset.key);
      const { since, changesAt } = freshnessMoment(asset, facts, { newest: newest?.at, moment });
      const before = this.#records.get(key);
      const settled = settleFreshness(policy, before, {
        countsFrom: since,
        cursor: newest?.cursor ?? 0,
        now,
      });
      this.#records.set(key, settled.record);
      const next = nextFreshnessChange(policy, since, now);
      this.#timers.set(
        key,
        Math.min(next ?? Number.POSITIVE_INFINITY, changesAt ?? Number.POSITIVE_INFINITY),
      );
      const { state, since: soFrom = now } = settled.verdict;
      const isNews = state !== (before?.state ?? "unknown");
      if (isNews || isFirst) turns.push({ asset: asset.key, state, since: soFrom, isNews });
    }
    return turns;
  }
}
