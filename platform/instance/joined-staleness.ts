import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import { type JoinedDefinitions, joinedDefinitions } from "../graph/joined-definitions.ts";
import type { PartitionMoment } from "../partition/partition-keys.ts";
import type { Storage } from "../storage/storage.ts";
import type { EventCursor } from "../storage/stored-event.ts";
import { factsInCommonOrder, type ProjectFacts } from "./common-order.ts";
import { createKeptFacts, type KeptFacts } from "./kept-facts.ts";
import { partitionMoment } from "./partition-moment.ts";
import { keptStaleness, type StalenessSource } from "./staleness-source.ts";

export type StalenessStorage = Pick<
  Storage,
  "partitionFacts" | "listPartitions" | "getRun" | "subscribe" | "eventTimes"
>;

/** One of several projects that are open together. */
export interface NeighbourSource {
  readonly name: string;
  readonly storage: StalenessStorage;
  /** Its definitions as they are now; `undefined` while there are none. */
  current(): DefinitionsSnapshot | undefined;
}

/** Staleness over the graph of several projects: what one project made makes stale what another made of it. */
export interface JoinedStaleness {
  /** For questions about one project, of whose definitions the asker knows best which are in force. */
  sourceOf(name: string): StalenessSource;
  read(): ReturnType<StalenessSource["read"]>;
}

export function createJoinedStaleness(
  /** In order; asked for each time, so that they may be opened one after the other. */
  neighbours: () => readonly NeighbourSource[],
  now: () => Temporal.Instant,
): JoinedStaleness {
  const memories = new WeakMap<StalenessStorage, Memory>();
  const memoryOf = (storage: StalenessStorage): Memory => {
    const memory = memories.get(storage) ?? createMemory(storage);
    memories.set(storage, memory);
    return memory;
  };
  const join = keptJoin();
  const sourceFor = (asker: string | undefined): StalenessSource =>
    keptStaleness(async (asked) => {
      const known = neighbours().flatMap(({ name, storage, current }) => {
        const snapshot = name === asker ? asked : current();
        return snapshot === undefined ? [] : [{ name, storage, snapshot }];
      });
      const joined = join(known);
      const read = await Promise.all(known.map(({ storage }) => memoryOf(storage).kept.read()));
      return {
        basis: [...known.map(({ snapshot }) => snapshot), ...read.map(({ version }) => version)],
        definitions: joined.definitions,
        facts: async () =>
          factsInCommonOrder(
            await Promise.all(
              known.map(({ name, storage }, place) => {
                const { facts } = read[place] as (typeof read)[number];
                const own = [...facts].filter(([key]) => joined.projectOf(key) === name);
                return memoryOf(storage).withTimes(new Map(own));
              }),
            ),
          ),
        moment: (at) => joinedMoment(joined, known, at),
      };
    }, now);
  const whole = sourceFor(undefined);
  return { sourceOf: sourceFor, read: () => whole.read(noSnapshot) };
}

/** The source of all projects looks at what each has in force, not at a given snapshot. */
const noSnapshot = {} as DefinitionsSnapshot;

interface Memory {
  readonly kept: KeptFacts;
  withTimes(facts: ProjectFacts["facts"]): Promise<ProjectFacts>;
}

/** Times of events never change, so each is asked for once; of those that were purged too. */
function createMemory(storage: StalenessStorage): Memory {
  let times = new Map<EventCursor, number | undefined>();
  return {
    kept: createKeptFacts(storage),
    async withTimes(facts) {
      const starts = new Set(
        facts.values().flatMap(({ partitions }) => partitions.map((fact) => fact.startedCursor)),
      );
      const asked = [...starts].filter((cursor) => !times.has(cursor));
      const found = asked.length === 0 ? undefined : await storage.eventTimes(asked);
      times = new Map(
        Array.from(starts, (cursor) => [cursor, found?.get(cursor) ?? times.get(cursor)] as const),
      );
      const known = [...times].filter((entry): entry is [EventCursor, number] => entry[1] !== undefined);
      return { facts, times: new Map(known) };
    },
  };
}

interface KnownProject {
  readonly name: string;
  readonly storage: StalenessStorage;
  readonly snapshot: DefinitionsSnapshot;
}

/** Joins again only when one of the snapshots is another one. */
export function keptJoin(): (
  projects: readonly Pick<KnownProject, "name" | "snapshot">[],
) => JoinedDefinitions {
  let last: { readonly from: readonly DefinitionsSnapshot[]; readonly joined: JoinedDefinitions } | undefined;
  return (projects) => {
    const from = projects.map(({ snapshot }) => snapshot);
    if (last?.from.length !== from.length || last.from.some((one, place) => one !== from[place])) {
      const named = projects.map(({ name, snapshot: { definitions } }) => ({ name, definitions }));
      last = { from, joined: joinedDefinitions(named) };
    }
    return last.joined;
  };
}

/** A dynamic definition has the keys that any of the projects has added to it. */
async function joinedMoment(
  { definitions }: JoinedDefinitions,
  projects: readonly KnownProject[],
  now: Temporal.Instant,
): Promise<PartitionMoment> {
  const moments = await Promise.all(
    projects.map(({ storage }) => partitionMoment(definitions, storage, now)),
  );
  const names = new Set(moments.flatMap(({ dynamicKeys = {} }) => Object.keys(dynamicKeys)));
  if (names.size === 0) return { now };
  const keysOf = (name: string) => [
    ...new Set(moments.flatMap(({ dynamicKeys }) => dynamicKeys?.[name] ?? [])),
  ];
  return { now, dynamicKeys: Object.fromEntries(Array.from(names, (name) => [name, keysOf(name)])) };
}
