import type { AutomationFacts } from "../automation/automation-facts.ts";
import { automationGroups } from "../automation/automation-groups.ts";
import type { AutomationState, EntityState } from "../automation/automation-state.ts";
import { type Entity, EntityGraph } from "../automation/entity-graph.ts";
import { explainCause } from "../automation/explain-cause.ts";
import { explainEntity } from "../automation/explain-entity.ts";
import type {
  ExplainSurroundings,
  SurroundingSchedule,
  SurroundingSensor,
} from "../automation/explain-surroundings.ts";
import { freshnessMoment } from "../automation/freshness-moment.ts";
import { freshnessState } from "../automation/freshness-state.ts";
import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import { type DefinitionsSnapshot, sameComponent } from "../core/definitions-snapshot.ts";
import type { Explanation } from "../core/explanation.ts";
import type { SensorSpec, Target } from "../core/job.ts";
import type { QueueSettings } from "../core/queue.ts";
import type { Storage } from "../storage/storage.ts";
import { askedPartition } from "./asked-partition.ts";
import { groupStatesPrefix, groupTurnName, windowOfTurn } from "./automation-cursors.ts";
import { answerOf, readAnswers } from "./custom-answers.ts";
import { explainedRuns } from "./explain-runs.ts";
import { keptTicks } from "./explain-ticks.ts";
import { FactsMirror } from "./facts-mirror.ts";
import { InstanceError } from "./instance-error.ts";
import { readSwitches, statusOf } from "./instigator-switches.ts";
import { instigatorName } from "./instigators.ts";
import { partitionMoment } from "./partition-moment.ts";
import { selectKeys } from "./select-keys.ts";
import { quarantineHint } from "./unready-components.ts";

export interface ExplainQuestion {
  readonly partition?: string;
  /** A moment that has passed is answered by the ticks that were kept; one to come as if nothing happened until then. */
  readonly atMs?: number;
}

/** Answers why assets and checks are requested, or not, from what is stored; no user code is asked. */
export interface Explainer {
  /** Throws InstanceError `unknown-asset`. */
  explain(key: string, question: ExplainQuestion): Promise<Explanation>;
}

export interface ExplainerOptions {
  readonly storage: Storage;
  /** The definitions in force. */
  snapshot(): Promise<DefinitionsSnapshot>;
  readonly settings: QueueSettings;
  now(): Temporal.Instant;
}

export function createExplainer(options: ExplainerOptions): Explainer {
  const { storage, now } = options;
  let known: Known | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const knownOf = async (): Promise<Known> => {
    const snapshot = await options.snapshot();
    if (known?.snapshot !== snapshot) known = new Known(snapshot, storage);
    return known;
  };
  return {
    async explain(key, asked) {
      const current = await knownOf();
      const at = Temporal.Instant.fromEpochMilliseconds(asked.atMs ?? now().epochMilliseconds);
      const entity = current.graph.find(key);
      if (entity === undefined) return explainUndefined(current.snapshot, key, at);
      const { partitions: definition } = entity;
      const question =
        asked.partition === undefined
          ? asked
          : {
              ...asked,
              partition: askedPartition(asked.partition, {
                definition,
                moment: await partitionMoment(current.snapshot.definitions, storage, at),
              }),
            };
      const group = current.groupOf(entity);
      const ticks = await keptTicks(storage, {
        group: group.name,
        entity: key,
        until: at.epochMilliseconds,
        ...(question.partition === undefined ? {} : { partition: question.partition }),
      });
      const surroundings = {
        ...(await surroundingsOf(entity, { ...options, current, group, at: at.epochMilliseconds })),
        lastRequest: ticks.request === undefined ? undefined : withoutTick(ticks.request),
      };
      // One after another: the mirror is brought up to date by each.
      const facts = turn.then(() => current.facts(at));
      turn = facts.catch(() => undefined);
      const explanation = explainEntity({
        graph: current.graph,
        facts: await facts,
        state: await stateOf(storage, group),
        now: at,
        select: (selection) => current.select(selection),
        group: { has: (one) => current.groupOf(current.graph.find(one) as Entity) === group },
        entity,
        ...(question.partition === undefined ? {} : { partition: question.partition }),
        surroundings,
      });
      const isPast = question.atMs !== undefined && question.atMs < now().epochMilliseconds;
      return isPast ? asItWas(explanation, ticks) : explanation;
    },
  };
}

function withoutTick({
  tick: _tick,
  ...request
}: NonNullable<Awaited<ReturnType<typeof keptTicks>>["request"]>) {
  return request;
}

/** Of a moment that has passed only what its ticks recorded is known. */
function asItWas(
  explanation: Explanation,
  { tick, request }: Awaited<ReturnType<typeof keptTicks>>,
): Explanation {
  const isRequested = request !== undefined && request.tick === tick;
  const missing =
    tick === undefined
      ? `no tick of that time is kept`
      : `the facts of that time; kept is what the tick at ${new Date(tick.scheduledAtMs).toISOString()} requested`;
  const { answer, condition } = explanation;
  return {
    ...explanation,
    answer:
      answer === "not_automated"
        ? answer
        : tick === undefined
          ? "unknown"
          : isRequested
            ? "requested"
            : "not_requested",
    causes: isRequested ? request.causes : [],
    condition: condition === null ? null : { ...condition, tree: null },
    flip: null,
    missing_evidence: isRequested && request.causes.length > 0 ? [] : [missing],
  };
}

async function stateOf(storage: Storage, { name }: SensorSpec): Promise<AutomationState> {
  const stored = await storage.listCursors(groupStatesPrefix(name));
  return {
    entities: Object.fromEntries([...stored].map(([key, text]) => [key, JSON.parse(text) as EntityState])),
  };
}

/** What follows from one snapshot, and the facts as they were last read. */
class Known {
  readonly snapshot: DefinitionsSnapshot;
  readonly graph: EntityGraph;
  readonly #storage: Storage;
  readonly #selections = new Map<string, ReadonlySet<string>>();
  readonly #groups: readonly SensorSpec[];
  #mirror: FactsMirror | undefined;

  constructor(snapshot: DefinitionsSnapshot, storage: Storage) {
    this.snapshot = snapshot;
    this.graph = new EntityGraph(snapshot.definitions);
    this.#storage = storage;
    this.#groups = automationGroups(snapshot.definitions);
  }

  select(selection: string): ReadonlySet<string> {
    const found = this.#selections.get(selection) ?? new Set<string>(selectKeys(this.snapshot, selection));
    this.#selections.set(selection, found);
    return found;
  }

  /** The group whose selection has it, else the one that has what no other has. */
  groupOf(entity: Entity): SensorSpec {
    const asset = entity.check?.asset ?? entity.key;
    const named = this.#groups.find(({ target }) => target !== undefined && this.isTarget(target, asset));
    return named ?? (this.#groups.find(({ target }) => target === undefined) as SensorSpec);
  }

  isTarget(target: Target, asset: string): boolean {
    const { jobs } = this.snapshot.definitions;
    const selection =
      "selection" in target ? target.selection : jobs.find(({ name }) => name === target.job)?.selection;
    return selection !== undefined && selection !== "" && this.select(selection).has(asset);
  }

  async facts(now: Temporal.Instant): Promise<AutomationFacts> {
    const { definitions } = this.snapshot;
    const windows = await Promise.all(
      this.#groups.map(async ({ name }) => windowOfTurn(await this.#storage.getCursor(groupTurnName(name)))),
    );
    const since = Math.min(...windows.map((window) => window ?? Number.POSITIVE_INFINITY));
    this.#mirror ??= new FactsMirror(this.#storage, {
      checksOf: (asset: AssetKey): readonly CheckKey[] => this.graph.find(asset)?.checks ?? [],
      ...(Number.isFinite(since) ? { since } : {}),
    });
    const mirror = this.#mirror;
    await mirror.refresh();
    if (Number.isFinite(since)) mirror.forgetUpdates(since);
    const moment = await partitionMoment(definitions, this.#storage, now);
    const { facts } = mirror;
    const answers = await readAnswers(this.#storage);
    return {
      ...facts,
      dynamicKeys: moment.dynamicKeys ?? {},
      custom: (name, key) => answerOf(answers, name, key),
      freshness: (key) => {
        const asset = this.graph.find(key)?.asset;
        if (asset?.freshnessPolicy === undefined) return "unknown";
        const { since: from } = freshnessMoment(asset, facts, { newest: mirror.newest(key)?.at, moment });
        return freshnessState(asset.freshnessPolicy, from, now.epochMilliseconds);
      },
    };
  }
}

interface SurroundingOptions extends Pick<ExplainerOptions, "storage" | "settings"> {
  readonly current: Known;
  readonly group: SensorSpec;
  readonly at: number;
}

async function surroundingsOf(
  entity: Entity,
  { storage, settings, current, group, at }: SurroundingOptions,
): Promise<ExplainSurroundings> {
  const { snapshot } = current;
  const asset = entity.check?.asset ?? entity.key;
  const [switches, runs] = await Promise.all([
    readSwitches(storage),
    explainedRuns(entity.key, { storage, snapshot, settings, now: at }),
  ]);
  const targeting = snapshot.definitions.schedules.filter(({ target }) => current.isTarget(target, asset));
  const schedules = await Promise.all(
    targeting.map(async (spec): Promise<SurroundingSchedule> => {
      const [last] = await storage.listTicks(instigatorName("schedule", spec.name), { limit: 1 });
      return {
        spec,
        isOn: statusOf(spec, switches) === "running",
        onSinceMs: switches.get(spec.name)?.at,
        lastTickAtMs: last?.scheduledAtMs,
      };
    }),
  );
  const watching = snapshot.definitions.sensors.filter(
    ({ kind, target }) => kind !== "automation" && target !== undefined && current.isTarget(target, asset),
  );
  const sensors = await Promise.all(
    watching.map(async (spec): Promise<SurroundingSensor> => {
      const [last] = await storage.listTicks(instigatorName("sensor", spec.name), { limit: 1 });
      return {
        name: spec.name,
        isOn: statusOf(spec, switches) === "running",
        lastTick:
          last === undefined
            ? undefined
            : { atMs: last.scheduledAtMs, runs: last.runIds.length, reason: last.reason },
      };
    }),
  );
  return {
    runs,
    schedules,
    sensors,
    unreadyComponent: (key) => unreadyComponent(current, key),
    group: { name: group.name, isOn: statusOf(group, switches) === "running" },
    lastRequest: undefined,
  };
}

function unreadyComponent({ snapshot, graph }: Known, key: string) {
  const own = graph.find(key)?.asset?.component;
  if (own === undefined) return undefined;
  const record = snapshot.components.find((component) => sameComponent(component, own));
  if (record === undefined || record.status === "ready") return undefined;
  return { name: `${record.file}:${record.line}`, status: record.status, needs: record.needs };
}

/** An asset of a quarantined document is in no graph, and known by its name alone. */
function explainUndefined(
  { components, ...snapshot }: DefinitionsSnapshot,
  key: string,
  at: Temporal.Instant,
): Explanation {
  const owner = components.find(
    ({ status, assets }) => status !== "ready" && assets.some((one) => one === key),
  );
  if (owner === undefined)
    throw new InstanceError(
      "unknown-asset",
      `there is no asset \`${key}\``,
      quarantineHint({ components, ...snapshot }),
    );
  const place = `${owner.file}:${owner.line}`;
  return {
    schema: "dop.explain/1",
    entity: key,
    partition: null,
    at_ms: at.epochMilliseconds,
    answer: "not_requested",
    causes: [explainCause("code_not_loaded", place, { text: `its component ${place} is ${owner.status}` })],
    condition: null,
    flip: null,
    next: { kind: "event", until_ms: null, upstream: null },
    last_request: null,
    missing_evidence: [],
  };
}
