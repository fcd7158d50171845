import { PlanError } from "./plan-error.ts";

/**
 * Places of the nodes in an order in which each comes after those it waits for; among equals the lower place first.
 *
 * `after[n]` lists the places that `n` waits for. Throws PlanError `step-cycle` with the names of one cycle.
 */
export function orderSteps(
  after: readonly (readonly number[])[],
  nameOf: (place: number) => string,
): number[] {
  const waiting = after.map((places) => places.length);
  const followers: number[][] = after.map(() => []);
  for (const [place, befores] of after.entries()) {
    for (const before of befores) followers[before]?.push(place);
  }
  const order: number[] = [];
  let ready = after
    .keys()
    .filter((place) => waiting[place] === 0)
    .toArray();
  while (ready.length > 0) {
    order.push(...ready);
    const next: number[] = [];
    for (const place of ready) {
      for (const follower of followers[place] as number[]) {
        waiting[follower] = (waiting[follower] as number) - 1;
        if (waiting[follower] === 0) next.push(follower);
      }
    }
    ready = next.sort((a, b) => a - b);
  }
  if (order.length < after.length) {
    throw new PlanError(
      "step-cycle",
      `steps wait for each other: ${cycle(after, new Set(order), nameOf).join(" → ")}`,
    );
  }
  return order;
}

function cycle(
  after: readonly (readonly number[])[],
  done: ReadonlySet<number>,
  nameOf: (place: number) => string,
): string[] {
  const path: number[] = [];
  let place = after.keys().find((one) => !done.has(one)) as number;
  while (!path.includes(place)) {
    path.push(place);
    place = after[place]?.find((before) => !done.has(before)) as number;
  }
  return [...path.slice(path.indexOf(place)), place].toReversed().map(nameOf);
}
