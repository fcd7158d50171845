import { randomUUID } from "node:crypto";
import type { EntityKey } from "../automation/automation-facts.ts";
import { freshnessState, nextFreshnessChange } from "../automation/freshness-state.ts";
import { Timers } from "../automation/timers.ts";
import type { AssetKey } from "../core/asset-key.ts";
import type { Asset } from "../core/definitions-snapshot.ts";
import { type FreshnessState, freshnessStates } from "../core/freshness.ts";
import type { FactsMirror } from "../instance/facts-mirror.ts";
import { freshnessMoment } from "../instance/freshness-moment.ts";
import { soonest, type TickRound } from "./tick-round.ts";

const statesPrefix = "freshness/";
const turnName = "freshness-turn";

/** How fresh assets are: judged when they change or a moment comes, never in a sweep. */
export class FreshnessWatch {
  readonly #assets: ReadonlyMap<AssetKey, Asset>;
  readonly #timers = new Timers();
  readonly #states = new Map<AssetKey, FreshnessState>();
  #turn: string | null = null;
  #isLoaded = false;

  constructor(assets: readonly Asset[]) {
    this.#assets = new Map(
      assets.flatMap((asset) => (asset.freshnessPolicy === undefined ? [] : [[asset.key, asset] as const])),
    );
  }

  /** `unknown` for an asset without a policy. */
  stateOf(key: AssetKey): FreshnessState {
    return this.#states.get(key) ?? "unknown";
  }

  /** When the state of an asset becomes another one although nothing happens. */
  get next(): number | undefined {
    return this.#timers.next;
  }

  /** Judges what changed or is due; gives those whose state became another one, which is recorded as a tick. */
  async round(
    round: TickRound,
    mirror: FactsMirror,
    changed: ReadonlySet<EntityKey>,
  ): Promise<readonly AssetKey[]> {
    const isFirst = !this.#isLoaded;
    if (isFirst) await this.#load(round);
    const due = isFirst ? [...this.#assets.keys()] : [...this.#timers.due(round.now.epochMilliseconds)];
    for (const key of changed) if (this.#assets.has(key as AssetKey)) due.push(key as AssetKey);
    if (due.length === 0) return [];
    const moment = await round.desk.moment(round.snapshot, round.now);
    const now = round.now.epochMilliseconds;
    const turned = new Map<AssetKey, { readonly from: FreshnessState; readonly to: FreshnessState }>();
    for (const key of new Set(due as AssetKey[])) {
      const asset = this.#assets.get(key) as Asset;
      const policy = asset.freshnessPolicy as NonNullable<Asset["freshnessPolicy"]>;
      const newest = mirror.newest(key)?.at;
      const { since, changesAt } = freshnessMoment(asset, mirror.facts, { newest, moment });
      const to = freshnessState(policy, since, now);
      const from = this.stateOf(key);
      if (to !== from) turned.set(key, { from, to });
      this.#states.set(key, to);
      this.#timers.set(key, soonest(nextFreshnessChange(policy, since, now), changesAt));
    }
    if (turned.size > 0) await this.#record(round, turned);
    return [...turned.keys()];
  }

  async #load({ desk }: TickRound): Promise<void> {
    this.#turn = (await desk.storage.getCursor(turnName)) ?? null;
    for (const [key, text] of await desk.storage.listCursors(statesPrefix)) {
      const state = freshnessStates.find((one) => one === text);
      if (state !== undefined && this.#assets.has(key as AssetKey)) this.#states.set(key as AssetKey, state);
    }
    this.#isLoaded = true;
  }

  async #record(
    { desk, now }: TickRound,
    turned: ReadonlyMap<AssetKey, { readonly from: FreshnessState; readonly to: FreshnessState }>,
  ): Promise<void> {
    const at = now.epochMilliseconds;
    const value = randomUUID();
    const made = await desk.commit({
      instigator: "freshness",
      scheduledAtMs: at,
      status: "success",
      startedAtMs: at,
      endedAtMs: at,
      body: { changes: [...turned].map(([asset, change]) => ({ asset, ...change })) },
      runs: [],
      cursors: [...turned].map(([key, { to }]) => ({ name: statesPrefix + key, value: to })),
      turn: { name: turnName, expected: this.#turn, value },
    });
    if (made !== undefined) this.#turn = value;
    // Another process records the same; its turn is taken up, and what it has not seen is told by the next change.
    else this.#turn = (await desk.storage.getCursor(turnName)) ?? null;
  }
}
