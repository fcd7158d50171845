import { randomUUID } from "node:crypto";
import type { EntityKey } from "../automation/automation-facts.ts";
import { freshnessMoment } from "../automation/freshness-moment.ts";
import { nextFreshnessChange } from "../automation/freshness-state.ts";
import {
  type FreshnessRecord,
  parseFreshnessRecord,
  settleFreshness,
} from "../automation/settle-freshness.ts";
import { Timers } from "../automation/timers.ts";
import type { AssetKey } from "../core/asset-key.ts";
import type { Asset } from "../core/definitions-snapshot.ts";
import type { FreshnessChange, FreshnessPolicy, FreshnessState } from "../core/freshness.ts";
import { freshnessRecords } from "../instance/automation-cursors.ts";
import type { FactsMirror } from "../instance/facts-mirror.ts";
import { soonest, type TickRound } from "./tick-round.ts";

const turnName = "freshness-turn";

/** So often a round judges anew what another process was faster to tell. */
const mostTries = 3;

/** How fresh assets are: judged when they change or a moment comes, never in a sweep. */
export class FreshnessWatch {
  readonly #assets: ReadonlyMap<AssetKey, Asset>;
  readonly #withPolicy: ReadonlySet<AssetKey>;
  readonly #timers = new Timers();
  #records = new Map<AssetKey, FreshnessRecord>();
  #turn: string | null = null;
  #isLoaded = false;

  constructor(assets: readonly Asset[]) {
    this.#assets = new Map(assets.map((asset) => [asset.key, asset]));
    this.#withPolicy = new Set(
      assets.flatMap(({ key, freshnessPolicy }) => (freshnessPolicy === undefined ? [] : [key])),
    );
  }

  /** `unknown` for an asset without a policy. */
  stateOf(key: AssetKey): FreshnessState {
    return this.#withPolicy.has(key) ? (this.#records.get(key)?.state ?? "unknown") : "unknown";
  }

  /** When the state of an asset becomes another one although nothing happens; 0 where something waits to be told. */
  get next(): number | undefined {
    return this.#isLoaded ? this.#timers.next : 0;
  }

  /**
   * Judges what changed or is due, and tells the log of each state that became another one, once however many
   * processes watch. Gives the assets whose state is another one than before.
   */
  async round(
    round: TickRound,
    mirror: FactsMirror,
    changed: ReadonlySet<EntityKey>,
  ): Promise<readonly AssetKey[]> {
    const before = new Map<AssetKey, FreshnessState>();
    const turned = new Set<AssetKey>();
    for (let tries = 0; tries < mostTries; tries++) {
      const due = this.#isLoaded ? this.#due(round, changed) : await this.#load(round);
      if (due.length === 0) break;
      const changes = await this.#judge(due, { round, mirror, before });
      for (const key of due) {
        if (before.get(key) === this.stateOf(key)) turned.delete(key);
        else turned.add(key);
      }
      if (changes.length === 0 || (await this.#record(round, changes))) break;
      // Another process was faster: what it has told stands, and the rest is judged after that.
      this.#isLoaded = false;
    }
    return [...turned];
  }

  #due({ now }: TickRound, changed: ReadonlySet<EntityKey>): AssetKey[] {
    const due = new Set<string>(this.#timers.due(now.epochMilliseconds));
    for (const key of changed) if (this.#withPolicy.has(key as AssetKey)) due.add(key);
    return [...due] as AssetKey[];
  }

  /** All that have a policy, and those that had one when they were judged last. */
  async #load({ desk }: TickRound): Promise<AssetKey[]> {
    this.#turn = (await desk.storage.getCursor(turnName)) ?? null;
    const records = new Map<AssetKey, FreshnessRecord>();
    for (const [key, text] of await desk.storage.listCursors(freshnessRecords)) {
      const record = parseFreshnessRecord(text);
      // Of an asset that is not defined now nothing is settled: its file may be broken only.
      if (record !== undefined && this.#assets.has(key as AssetKey)) records.set(key as AssetKey, record);
    }
    this.#records = records;
    this.#isLoaded = true;
    return [...new Set([...this.#withPolicy, ...records.keys()])];
  }

  async #judge(
    due: readonly AssetKey[],
    {
      round,
      mirror,
      before,
    }: {
      readonly round: TickRound;
      readonly mirror: FactsMirror;
      readonly before: Map<AssetKey, FreshnessState>;
    },
  ): Promise<FreshnessChange[]> {
    const moment = await round.desk.moment(round.snapshot, round.now);
    const now = round.now.epochMilliseconds;
    const changes: FreshnessChange[] = [];
    for (const key of due) {
      const asset = this.#assets.get(key) as Asset;
      const record = this.#records.get(key);
      const from = record?.state ?? "unknown";
      if (!before.has(key)) before.set(key, this.stateOf(key));
      const policy = asset.freshnessPolicy;
      if (policy === undefined) {
        this.#records.delete(key);
        changes.push({ asset: key, from, to: "unknown", reason: "policy" });
        continue;
      }
      const newest = mirror.newest(key);
      const { since, changesAt } = freshnessMoment(asset, mirror.facts, { newest: newest?.at, moment });
      const settled = settleFreshness(policy, record, {
        countsFrom: since,
        cursor: newest?.cursor ?? 0,
        now,
      });
      this.#records.set(key, settled.record);
      this.#timers.set(key, nextJudgement(policy, { since, changesAt, record: settled.record, now }));
      if (settled.reason === undefined) continue;
      const { state: to, ...moments } = settled.verdict;
      changes.push({ asset: key, from, to, reason: settled.reason, ...moments });
    }
    return changes;
  }

  /** Whether this process was the one to tell. */
  async #record({ desk, now }: TickRound, changes: readonly FreshnessChange[]): Promise<boolean> {
    const at = now.epochMilliseconds;
    const value = randomUUID();
    const made = await desk.commit({
      instigator: "freshness",
      scheduledAtMs: at,
      status: "success",
      startedAtMs: at,
      endedAtMs: at,
      body: { changes: changes.length },
      runs: [],
      freshness: changes.filter(({ from, to }) => from !== to),
      cursors: changes.map(({ asset }) => {
        const record = this.#records.get(asset);
        return {
          name: freshnessRecords + asset,
          value: record === undefined ? null : JSON.stringify(record),
        };
      }),
      turn: { name: turnName, expected: this.#turn, value },
    });
    if (made === undefined) return false;
    this.#turn = value;
    return true;
  }
}

/** While the clock stands before the last change, when it is there again. */
function nextJudgement(
  policy: FreshnessPolicy,
  {
    since,
    changesAt,
    record,
    now,
  }: {
    readonly since: number | undefined;
    readonly changesAt: number | undefined;
    readonly record: FreshnessRecord;
    readonly now: number;
  },
): number | undefined {
  return record.at > now ? record.at : soonest(nextFreshnessChange(policy, since, now), changesAt);
}
