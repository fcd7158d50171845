import type { AssetKey } from "../core/asset-key.ts";
import type { Asset } from "../core/definitions-snapshot.ts";
import type { RunId } from "../core/run.ts";
import type { PartitionFact } from "../storage/partition-facts.ts";
import type { Storage } from "../storage/storage.ts";
import { keptJoin } from "./joined-staleness.ts";
import type { ProjectMember } from "./project-member.ts";
import { risingId } from "./rising-id.ts";
import { createWorkLoop } from "./work-loop.ts";

/** A project among others, with its records. */
export interface Neighbour extends ProjectMember {
  readonly storage: Storage;
}

/** Under which a project keeps up to which place it has taken over the updates of each asset, by project and key. */
const valueKey = "projects.taken";

/** Tag of the runs that take over updates; its value is the project that they are of. */
const projectTag = "dop/project";

/**
 * Records in each project, as observations, what the others do with the assets that it depends on.
 *
 * So they are facts like all others there: conditions see them in the one order of the project's own log, and what was
 * seen is known still when the other project is not open. Of several updates since the last look the newest counts.
 */
export function createNeighbourUpdates(
  neighbours: readonly Neighbour[],
  now: () => Temporal.Instant,
): AsyncDisposable {
  const join = keptJoin();
  const loop = createWorkLoop({
    async work() {
      const known = neighbours.flatMap(({ name, instance }) => {
        const snapshot = instance.definitions.current();
        return snapshot === undefined ? [] : [{ name, snapshot }];
      });
      const { projectOf } = join(known);
      for (const reader of neighbours)
        for (const owner of neighbours)
          if (owner !== reader) await takeOver(reader, owner, { projectOf, at: now().epochMilliseconds });
    },
    onError: (error) =>
      neighbours[0]?.instance.log.error("updates of other projects could not be taken over", {
        err: { message: String(error) },
      }),
  });
  const ends = neighbours.flatMap(({ instance, storage }) => [
    instance.definitions.subscribe(() => loop.wake()),
    storage.subscribe(({ events }) => {
      // Without events another process wrote, and what it wrote is not told.
      const isUpdate = ({ event }: (typeof events)[number]) =>
        event.type === "asset.materialized" || event.type === "asset.observed";
      if (events.length === 0 || events.some(isUpdate)) loop.wake();
    }),
  ]);
  loop.wake();
  return {
    async [Symbol.asyncDispose]() {
      for (const end of ends) end();
      await loop[Symbol.asyncDispose]();
    },
  };
}

interface Taking {
  projectOf(key: string): string | undefined;
  readonly at: number;
}

/** What one project depends on and another has brought up to date since the last look. */
async function takeOver(reader: Neighbour, owner: Neighbour, { projectOf, at }: Taking): Promise<void> {
  const snapshot = reader.instance.definitions.current();
  const wanted = (snapshot?.definitions.assets ?? []).filter(
    ({ key, step }) => step === undefined && projectOf(key) === owner.name,
  );
  if (snapshot === undefined || wanted.length === 0) return;
  const facts = await owner.storage.partitionFacts(wanted.map(({ key }) => key));
  const taken = JSON.parse((await reader.storage.getValue(valueKey)) ?? "{}") as Taken;
  const own = taken[owner.name] ?? {};
  const updates = wanted.flatMap((asset) =>
    updatesOf(asset, facts.get(asset.key)?.partitions ?? [], own[asset.key] ?? 0),
  );
  if (updates.length === 0) return;
  await reader.storage.putSnapshot(snapshot, at);
  await record(reader, owner.name, { updates, snapshotId: snapshot.id, at });
  const newest = Object.fromEntries(updates.map(({ key, upTo }) => [key, upTo]));
  const text = JSON.stringify({ ...taken, [owner.name]: { ...own, ...newest } } satisfies Taken);
  await reader.storage.setValue(valueKey, text);
}

interface Taken {
  readonly [project: string]: { readonly [key: string]: number };
}

interface Update {
  readonly key: AssetKey;
  readonly partition: string | null;
  readonly fact: PartitionFact;
  /** Newest place in the owner's log of the asset's updates. */
  readonly upTo: number;
}

/** Of partitions that the reader does not know of, an update is one of the whole asset. */
function updatesOf({ key, partitions }: Asset, facts: readonly PartitionFact[], after: number): Update[] {
  const news = facts.filter(({ cursor }) => cursor > after).toSorted((a, b) => a.cursor - b.cursor);
  const newest = news.at(-1);
  if (newest === undefined) return [];
  const upTo = newest.cursor;
  if (partitions === undefined) return [{ key, partition: null, fact: newest, upTo }];
  return news.flatMap((fact) =>
    fact.partition === null ? [] : [{ key, partition: fact.partition, fact, upTo }],
  );
}

/** One run for all of them, which has ended when it is seen; the same updates again make no second one. */
async function record(
  { storage }: Neighbour,
  owner: string,
  {
    updates,
    snapshotId,
    at,
  }: { readonly updates: readonly Update[]; readonly snapshotId: string; readonly at: number },
): Promise<void> {
  const assets = [...new Set(updates.map(({ key }) => key))];
  const newest = Math.max(...updates.map(({ upTo }) => upTo));
  const run = {
    id: risingId() as RunId,
    request: { assets, tags: { [projectTag]: owner }, runKey: `${newest} ${assets.join(" ")}` },
    snapshotId,
    createdAtMs: at,
    source: `project ${owner}`,
  };
  await storage.recordPastRun(
    run,
    updates.map(({ key, partition, fact }) => ({
      type: "asset.observed",
      step: key,
      asset: key,
      partition,
      metadata: {
        project: { type: "text", value: owner },
        run: { type: "text", value: fact.runId },
      },
      ...(fact.dataVersion === null ? {} : { dataVersion: fact.dataVersion }),
    })),
  );
}
