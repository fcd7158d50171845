import type { DefinitionsSnapshot, SnapshotDefinitions } from "../core/definitions-snapshot.ts";
import { evaluateStaleness, type Staleness } from "../graph/staleness.ts";
import type { StalenessFacts } from "../graph/staleness-facts.ts";
import type { PartitionMoment } from "../partition/partition-keys.ts";
import type { Storage } from "../storage/storage.ts";
import { createKeptFacts } from "./kept-facts.ts";
import { partitionMoment } from "./partition-moment.ts";

/** Tells the staleness of all assets; facts are kept, and only those that changed are read again. */
export interface StalenessSource {
  read(snapshot: DefinitionsSnapshot): Promise<Staleness>;
}

/** What one evaluation of staleness is made from; equal `basis` means equal definitions and facts. */
export interface StalenessInput {
  readonly basis: readonly unknown[];
  readonly definitions: SnapshotDefinitions;
  facts(): Promise<StalenessFacts>;
  moment(now: Temporal.Instant): Promise<PartitionMoment>;
}

/** For so long an answer holds while nothing changes; new time partitions show after it. */
const freshMs = 10_000;

export function createStalenessSource(
  storage: Pick<Storage, "partitionFacts" | "listPartitions" | "getRun" | "subscribe">,
  now: () => Temporal.Instant,
): StalenessSource {
  const kept = createKeptFacts(storage);
  return keptStaleness(async (snapshot) => {
    const { facts, version } = await kept.read();
    const { definitions } = snapshot;
    return {
      basis: [snapshot, version],
      definitions,
      facts: async () => facts,
      moment: (at) => partitionMoment(definitions, storage, at),
    };
  }, now);
}

/** Evaluates what `read` gives, unless that is what it was the last time. */
export function keptStaleness(
  read: (snapshot: DefinitionsSnapshot) => Promise<StalenessInput>,
  now: () => Temporal.Instant,
): StalenessSource {
  let answer: { readonly basis: readonly unknown[]; atMs: number; staleness: Staleness } | undefined;
  let reading: Promise<unknown> = Promise.resolve();
  const evaluate = async (snapshot: DefinitionsSnapshot): Promise<Staleness> => {
    const { basis, definitions, facts, moment } = await read(snapshot);
    const at = now();
    const atMs = at.epochMilliseconds;
    if (answer !== undefined && isSame(answer.basis, basis) && atMs - answer.atMs < freshMs)
      return answer.staleness;
    const staleness = evaluateStaleness(definitions, await facts(), await moment(at));
    answer = { basis, atMs, staleness };
    return staleness;
  };
  return {
    read(snapshot) {
      // One after the other, so that it is evaluated once for all who ask meanwhile.
      const next = reading.then(() => evaluate(snapshot));
      reading = next.catch(() => {});
      return next;
    },
  };
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one, place) => one === b[place]);
}
