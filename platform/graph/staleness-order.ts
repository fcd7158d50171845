import type { Asset } from "../core/definitions-snapshot.ts";
import { buildAdjacency, topologicalNumbers } from "./adjacency.ts";

/** Numbers of the assets, each after those that it reads; what stands on a cycle comes last. */
export function evaluationOrder(
  assets: readonly Pick<Asset, "deps">[],
  numbers: ReadonlyMap<string, number>,
): number[] {
  const adjacency = buildAdjacency(assets.length, (node) =>
    (assets[node] as Asset).deps.flatMap((dep) => numbers.get(dep) ?? []),
  );
  const order = topologicalNumbers(adjacency);
  if (order.length === assets.length) return order;
  const ordered = new Set(order);
  return [...order, ...assets.keys().filter((node) => !ordered.has(node))];
}
