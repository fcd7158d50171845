import type { StalenessFact, StalenessFacts } from "../graph/staleness-facts.ts";
import type { PartitionFact } from "../storage/partition-facts.ts";
import type { EventCursor } from "../storage/stored-event.ts";

/** What one project remembers, in places of its own log. */
export interface ProjectFacts {
  readonly facts: ReadonlyMap<string, { readonly partitions: readonly PartitionFact[] }>;
  /** When attempts started, by place, in milliseconds since 1970. */
  readonly times: ReadonlyMap<EventCursor, number>;
}

/**
 * The facts of several projects with places in one order, so that they compare as if they stood in one log.
 *
 * Inside a project the order stays as it is; between projects the times decide. At the same millisecond a start goes
 * before a change: whether it read the change is not known, and to be made once too often does less harm. A start whose
 * time is no longer known counts as late as what it made. Of a key that several projects remember the first counts.
 */
export function factsInCommonOrder(projects: readonly ProjectFacts[]): StalenessFacts {
  const places = mergedPlaces(projects.map(momentsOf));
  const joined = new Map<string, { readonly partitions: readonly StalenessFact[] }>();
  for (const [project, { facts }] of projects.entries()) {
    const placeOf = places[project] as ReadonlyMap<EventCursor, number>;
    for (const [key, { partitions }] of facts) {
      if (joined.has(key)) continue;
      joined.set(key, {
        partitions: partitions.map((fact) => ({
          ...fact,
          startedCursor: placeOf.get(fact.startedCursor) as number,
          changedCursor: placeOf.get(fact.changedCursor) as number,
        })),
      });
    }
  }
  return joined;
}

interface Moment {
  readonly cursor: EventCursor;
  at: number;
  readonly isStart: boolean;
}

/** In the order of the log, with times that never go back: clocks of different workers may. */
function momentsOf({ facts, times }: ProjectFacts): Moment[] {
  const moments = new Map<EventCursor, Moment>();
  const add = (moment: Moment) => {
    const known = moments.get(moment.cursor);
    if (known === undefined || moment.at < known.at) moments.set(moment.cursor, moment);
  };
  for (const { partitions } of facts.values()) {
    for (const { startedCursor, changedCursor, changedAt, at } of partitions) {
      add({ cursor: startedCursor, at: times.get(startedCursor) ?? at, isStart: true });
      add({ cursor: changedCursor, at: changedAt, isStart: false });
    }
  }
  const ordered = [...moments.values()].sort((a, b) => a.cursor - b.cursor);
  let latest = Number.NEGATIVE_INFINITY;
  for (const moment of ordered) {
    latest = Math.max(latest, moment.at);
    moment.at = latest;
  }
  return ordered;
}

/** Numbers from 0 over the moments of all lists, each list staying in its order. */
function mergedPlaces(lists: readonly (readonly Moment[])[]): Map<EventCursor, number>[] {
  const places = lists.map(() => new Map<EventCursor, number>());
  const heads = lists.map(() => 0);
  for (let place = 0; ; place++) {
    let next = -1;
    for (const [list, head] of heads.entries()) {
      const moment = lists[list]?.[head];
      if (moment !== undefined && (next < 0 || isBefore(moment, headOf(lists, heads, next)))) next = list;
    }
    if (next < 0) return places;
    places[next]?.set(headOf(lists, heads, next).cursor, place);
    heads[next] = (heads[next] as number) + 1;
  }
}

function headOf(lists: readonly (readonly Moment[])[], heads: readonly number[], list: number): Moment {
  return (lists[list] as readonly Moment[])[heads[list] as number] as Moment;
}

function isBefore(a: Moment, b: Moment): boolean {
  return a.at < b.at || (a.at === b.at && a.isStart && !b.isStart);
}
