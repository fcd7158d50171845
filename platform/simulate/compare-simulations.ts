import type { Simulation } from "./simulation.ts";

/** One number in two simulations. */
export interface Compared {
  readonly before: number;
  readonly after: number;
}

/** How one simulation differs from another. */
export interface SimulationComparison {
  readonly totals: { readonly [name in keyof Simulation["totals"]]: Compared };
  /** Assets that are asked for in another number of runs, by key. */
  readonly assets: readonly ({ readonly asset: string } & Compared)[];
  /** Assets that are outside their freshness policy in one of them only, by key. */
  readonly new_breaches: readonly string[];
  readonly ended_breaches: readonly string[];
}

export function compareSimulations(before: Simulation, after: Simulation): SimulationComparison {
  const names = Object.keys(after.totals) as (keyof Simulation["totals"])[];
  const runs = (simulation: Simulation) => new Map(simulation.assets.map((one) => [one.asset, one.runs]));
  const [runsBefore, runsAfter] = [runs(before), runs(after)];
  const assets = [...new Set([...runsBefore.keys(), ...runsAfter.keys()])]
    .map((asset) => ({ asset, before: runsBefore.get(asset) ?? 0, after: runsAfter.get(asset) ?? 0 }))
    .filter((one) => one.before !== one.after)
    .sort((a, b) => (a.asset < b.asset ? -1 : 1));
  const breached = (simulation: Simulation) => new Set(simulation.breaches.map(({ asset }) => asset));
  const [breachedBefore, breachedAfter] = [breached(before), breached(after)];
  return {
    totals: Object.fromEntries(
      names.map((name) => [name, { before: before.totals[name], after: after.totals[name] }]),
    ) as SimulationComparison["totals"],
    assets,
    new_breaches: [...breachedAfter.difference(breachedBefore)].sort(),
    ended_breaches: [...breachedBefore.difference(breachedAfter)].sort(),
  };
}
