import { countBackfillRuns } from "../automation/advance-backfill.ts";
import { backfillGraph } from "../automation/backfill-graph.ts";
import { askAgain } from "../automation/backfill-progress.ts";
import { decodeBackfill, encodeBackfill } from "../automation/backfill-state.ts";
import type { PartitionKeysByState } from "../automation/backfill-targets.ts";
import { EntityGraph } from "../automation/entity-graph.ts";
import {
  type BackfillPlan,
  estimateBackfill,
  median,
  type NoBackfillPlan,
  type PlannedGroup,
  planBackfill,
} from "../automation/plan-backfill.ts";
import type { AssetKey } from "../core/asset-key.ts";
import {
  type BackfillFilter,
  type BackfillId,
  type BackfillOrder,
  type BackfillRecord,
  type BackfillRequest,
  type BackfillStatus,
  defaultBackfillRuns,
  hasEnded,
} from "../core/backfill.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { BackfillPolicy } from "../core/policies.ts";
import type { BackfillDetailView, BackfillPlanView, BackfillView } from "../core/views.ts";
import type { Storage } from "../storage/storage.ts";
import { backfillDetailView, backfillPlanView, backfillView } from "./backfill-view.ts";
import { InstanceError } from "./instance-error.ts";
import { partitionMoment } from "./partition-moment.ts";
import { risingId } from "./rising-id.ts";
import { selectKeys } from "./select-keys.ts";
import { readyKeys, refuseUnready } from "./unready-components.ts";

/** A backfill as a person asks for it. */
export interface AskedBackfill {
  readonly selection: string;
  /** Text of a partition set. */
  readonly partition: string;
  readonly only?: BackfillFilter;
  /** Oldest first unless given. */
  readonly order?: BackfillOrder;
  readonly policy?: BackfillPolicy;
  readonly maxRuns?: number;
  readonly priority?: number;
  readonly tags?: { readonly [key: string]: string };
  /** Whether assets whose component cannot run are left out; otherwise one of them refuses the whole request. */
  readonly skipUnready?: boolean;
}

export const backfillVerbs = ["pause", "resume", "cancel", "retry"] as const;
export type BackfillVerb = (typeof backfillVerbs)[number];

/** Backfills of one project. What they ask for is done by whoever runs the daemon's loops. */
export interface BackfillRecords {
  /** What it would come to. Throws InstanceError and DefinitionsError. */
  plan(asked: AskedBackfill): Promise<BackfillPlanView>;
  /** Throws like `plan`, and InstanceError `nothing-selected` where no partition is left. */
  create(asked: AskedBackfill): Promise<BackfillDetailView>;
  /** Newest first. */
  list(filter: {
    readonly limit: number;
    readonly before?: string;
    readonly status?: readonly BackfillStatus[];
  }): Promise<BackfillView[]>;
  find(id: string): Promise<BackfillDetailView | undefined>;
  /** Throws InstanceError `unknown-backfill`, and `refused-transition` where it makes no sense now. */
  change(id: string, verb: BackfillVerb): Promise<BackfillDetailView>;
}

export interface BackfillRecordsOptions {
  readonly storage: Storage;
  snapshot(): Promise<DefinitionsSnapshot>;
  /** Runs that go on at once. */
  readonly runsAtOnce: number;
  now(): Temporal.Instant;
  /** Told after each change. */
  onChange?(): void;
}

export function createBackfillRecords(options: BackfillRecordsOptions): BackfillRecords {
  const { storage, now, onChange = () => {} } = options;
  const known = async (id: string): Promise<BackfillRecord> => {
    const record = await storage.getBackfill(id as BackfillId);
    if (record !== undefined) return record;
    throw new InstanceError(
      "unknown-backfill",
      `there is no backfill \`${id}\``,
      "`dop backfill list` shows them",
    );
  };
  return {
    async plan(asked) {
      const planned = await plannedOf(options, asked);
      return await viewOfPlan(options, planned);
    },
    async create(asked) {
      const { plan, request } = await plannedOf(options, asked);
      if (plan.runs === 0) throw nothingLeft(request);
      const at = now().epochMilliseconds;
      const record: BackfillRecord = {
        id: risingId() as BackfillId,
        status: "running",
        request,
        state: {
          ...encodeBackfill(plan.graph, plan.progress),
          plannedRuns: plan.runs,
          launchedRuns: 0,
          round: 0,
          reasons: [],
        },
        version: 1,
        createdAtMs: at,
        updatedAtMs: at,
      };
      await storage.createBackfill(record);
      onChange();
      return backfillDetailView(record);
    },
    async list({ limit, before, status }) {
      const filter = {
        limit,
        ...(before === undefined ? {} : { before: before as BackfillId }),
        ...(status === undefined ? {} : { status }),
      };
      return (await storage.listBackfills(filter)).map(backfillView);
    },
    async find(id) {
      const record = await storage.getBackfill(id as BackfillId);
      return record === undefined ? undefined : backfillDetailView(record);
    },
    async change(id, verb) {
      for (;;) {
        const record = await known(id);
        const status = statusAfter(record, verb);
        const at = now().epochMilliseconds;
        const state = verb === "retry" ? await stateAgain(options, record) : record.state;
        const { recorded } = await storage.changeBackfill({
          ...{ id: record.id, expectedVersion: record.version, status, state, at, runs: [] },
          ...(hasEnded(status) ? { endedAtMs: at } : {}),
        });
        // Otherwise it took a step meanwhile: the wish is about what it is now.
        if (!recorded) continue;
        onChange();
        return backfillDetailView(await known(id));
      }
    },
  };
}

function statusAfter({ id, status, state }: BackfillRecord, verb: BackfillVerb): BackfillStatus {
  const refuse = (why: string, hint?: string): never => {
    throw new InstanceError("refused-transition", `the backfill ${id} ${why}`, hint);
  };
  switch (verb) {
    case "pause":
      return status === "running" ? "paused" : refuse(`is not running: ${status}`);
    case "resume":
      if (status === "paused") return "running";
      return refuse(
        `is not paused: ${status}`,
        hasEnded(status) ? "`dop backfill retry` asks again for what is not done" : undefined,
      );
    case "cancel":
      if (hasEnded(status)) return refuse(`has ended: ${status}`);
      // Without a run there is nothing to wait for.
      return state.runs.length === 0 ? "canceled" : "canceling";
    case "retry": {
      if (!hasEnded(status)) return refuse(`has not ended: ${status}`);
      const isDone = Object.values(state.assets).every(({ counts }) => counts.done === counts.total);
      return isDone ? refuse("did everything that was asked for") : "running";
    }
  }
}

/** Everything that is not done waits again. */
async function stateAgain(
  options: BackfillRecordsOptions,
  { state, request }: BackfillRecord,
): Promise<BackfillRecord["state"]> {
  const { definitions } = await options.snapshot();
  const entities = new EntityGraph(definitions);
  const keys = Object.keys(state.assets).flatMap((key) => entities.find(key)?.asset?.key ?? []);
  const moment = await partitionMoment(definitions, options.storage, options.now());
  const graph = backfillGraph(entities, keys, { moment, policy: request.policy });
  const { progress } = decodeBackfill(graph, state);
  const again = askAgain(graph, progress);
  const encoded = encodeBackfill(graph, again);
  const runs = countBackfillRuns(graph, again).reduce((sum, count) => sum + count, 0);
  return {
    ...state,
    ...encoded,
    assets: { ...state.assets, ...encoded.assets },
    plannedRuns: state.launchedRuns + runs,
    round: state.round + 1,
    reasons: [],
  };
}

interface Planned {
  readonly plan: BackfillPlan;
  readonly request: BackfillRequest;
}

async function plannedOf(
  { storage, snapshot, now }: BackfillRecordsOptions,
  { skipUnready, order = "oldest", maxRuns = defaultBackfillRuns, tags = {}, ...asked }: AskedBackfill,
): Promise<Planned> {
  const current = await snapshot();
  const { selection, only, policy } = asked;
  const selected = selectKeys(current, selection);
  const assets = skipUnready === true ? readyKeys(current, selected) : selected;
  refuseUnready(current, { selection, keys: assets, steps: [] });
  const moment = await partitionMoment(current.definitions, storage, now());
  const states = only === undefined ? undefined : await statesOf(storage, current.definitions.assets);
  const plan = planBackfill(new EntityGraph(current.definitions), {
    ...{ assets, partition: asked.partition, moment, policy, only },
    states: (asset) => states?.get(asset) ?? { materialized: [], failed: [] },
  });
  if ("fault" in plan) throw faultOf(plan, asked);
  return { plan, request: { ...asked, order, maxRuns, tags } };
}

function faultOf({ fault }: NoBackfillPlan, { selection, partition }: AskedBackfill): InstanceError {
  if (fault === "unpartitioned") {
    return new InstanceError(
      "invalid-partition",
      `nothing that \`${selection}\` selects is partitioned`,
      "`dop materialize` brings it up to date in one run",
    );
  }
  return new InstanceError(
    "invalid-partition",
    `the partition \`${partition}\` of \`${fault.asset}\`: ${fault.reason}`,
    fault.hint,
  );
}

function nothingLeft({ selection, partition, only }: BackfillRequest): InstanceError {
  const what = only === undefined ? "" : ` that is ${only}`;
  return new InstanceError(
    "nothing-selected",
    `\`${selection}\` has no partition of \`${partition}\`${what}: nothing is left to do`,
  );
}

/** Keys of all assets by what happened to them last. */
async function statesOf(
  storage: Storage,
  assets: readonly { readonly key: AssetKey; readonly partitions?: unknown }[],
): Promise<ReadonlyMap<AssetKey, PartitionKeysByState>> {
  const failedRuns = Map.groupBy(await storage.failedOutputs(), ({ asset }) => asset);
  const latest = await storage.latestAssets(assets.map(({ key }) => key));
  const states = new Map<AssetKey, PartitionKeysByState>();
  for (const { key, partitions } of assets) {
    const failed = (failedRuns.get(key) ?? []).map(({ partition }) => partition);
    if (partitions === undefined) {
      const { materialized, failed: failure } = latest.get(key) ?? {};
      const hasFailed = failed.length > 0 || (failure?.at ?? -1) > (materialized?.at ?? -1);
      states.set(key, {
        materialized: materialized === undefined ? [] : [""],
        failed: hasFailed ? [""] : [],
      });
      continue;
    }
    if (!latest.has(key) && failed.length === 0) continue;
    const known = await storage.partitionStates(key);
    const facts = (await storage.partitionFacts([key])).get(key)?.partitions ?? [];
    states.set(key, {
      materialized: facts.map(({ partition }) => partition ?? ""),
      failed: [...known.failed, ...failed],
    });
  }
  return states;
}

const runsLookedAt = 200;

async function viewOfPlan(
  { storage, runsAtOnce }: BackfillRecordsOptions,
  { plan, request }: Planned,
): Promise<BackfillPlanView> {
  const runMs: (number | undefined)[] = [];
  for (const group of plan.groups) runMs.push(await medianOf(storage, group));
  const byGroup = new Map(plan.groups.map((group, place) => [group, runMs[place]]));
  const estimateMs = estimateBackfill(plan.groups, {
    msOf: (group) => byGroup.get(group),
    atOnce: Math.min(request.maxRuns, runsAtOnce),
  });
  return backfillPlanView(plan, { request, estimateMs, runMs });
}

/** How long earlier runs of the same assets took, in milliseconds. */
async function medianOf(
  storage: Pick<Storage, "listRuns">,
  { assets }: PlannedGroup,
): Promise<number | undefined> {
  const [first] = assets;
  if (first === undefined) return undefined;
  const wanted = assets.toSorted().join("\n");
  const runs = await storage.listRuns({ asset: first, status: ["success"], limit: runsLookedAt });
  return median(
    runs
      .filter(({ request }) => request.assets.toSorted().join("\n") === wanted)
      .flatMap(({ startedAtMs, endedAtMs }) =>
        startedAtMs === undefined || endedAtMs === undefined ? [] : [endedAtMs - startedAtMs],
      ),
  );
}
