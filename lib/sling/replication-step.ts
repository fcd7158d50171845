import type { AssetKey, AssetSpec, ComponentContext, StepDefinition } from "#platform";
import { stepOfAssets } from "../step-of-assets.ts";
import { type ReplicationRun, runReplication } from "./run-replication.ts";
import { slingConnections } from "./sling-connections.ts";

/** What a step must know of a replication. */
export interface ReplicationParts extends Pick<ReplicationRun, "replication" | "includeMetadata"> {
  readonly name: string;
  readonly pool?: string | undefined;
  readonly specs: readonly AssetSpec[];
  /** Name of the stream of each asset. */
  readonly streams: ReadonlyMap<AssetKey, string>;
  /** As written, by name. */
  readonly connections: { readonly [name: string]: object };
}

/** One step that copies all streams of a replication, or those whose assets are asked for. */
export function replicationStep(
  context: Pick<ComponentContext, "resolvePath">,
  { name, pool, specs, streams, replication, connections, includeMetadata }: ReplicationParts,
): StepDefinition {
  return stepOfAssets(specs, {
    name,
    canSubset: true,
    ...(pool === undefined ? {} : { pool }),
    run: (step) =>
      runReplication(step, {
        replication,
        assets: streams,
        connections: slingConnections(connections),
        folder: context.resolvePath("."),
        includeMetadata,
      }),
  });
}
