import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { SimulatedProject } from "../simulate/simulate.ts";
import { selectKeys } from "./select-keys.ts";
import { targetRequestsOf } from "./target-requests.ts";

/** Definitions as a simulation asks about them. */
export function createSimulatedProject(snapshot: DefinitionsSnapshot): SimulatedProject {
  const selections = new Map<string, ReadonlySet<string>>();
  return {
    snapshot,
    select(selection) {
      const known = selections.get(selection) ?? new Set<string>(selectKeys(snapshot, selection));
      selections.set(selection, known);
      return known;
    },
    requestsAt: targetRequestsOf(snapshot),
  };
}
