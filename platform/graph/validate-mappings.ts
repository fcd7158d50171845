import type { AssetSpec } from "../core/asset.ts";
import type { AssetKey } from "../core/asset-key.ts";
import { didYouMean } from "../core/suggest.ts";
import { validateMapping } from "../partition/validate-mapping.ts";
import type { CollectedAsset } from "./collected.ts";
import type { MergeProblems } from "./merge-problems.ts";
import { placeOf } from "./place.ts";

/** Tells of deps whose slices can't be mapped, and takes mappings out that could not be evaluated. */
export function validateMappings(
  assets: ReadonlyMap<AssetKey, CollectedAsset>,
  problems: MergeProblems,
): void {
  for (const asset of assets.values()) {
    const { spec, component } = asset;
    const faults = [...strangerFaults(spec), ...depFaults(spec, assets)];
    if (faults.length === 0) continue;
    const field = spec.partitionMappings === undefined ? "deps" : "partitionMappings";
    for (const { message, hint } of faults) {
      problems.report(
        { code: "invalid-partitions", message, hint, span: placeOf(spec, component, field) },
        component,
      );
    }
    if (spec.partitionMappings === undefined) continue;
    const wrong = new Set(faults.map(({ upstream }) => upstream));
    const kept = Object.entries(spec.partitionMappings).filter(([upstream]) => !wrong.has(upstream));
    asset.spec = { ...spec, partitionMappings: Object.fromEntries(kept) };
  }
}

interface MappingFault {
  readonly upstream: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** Mappings for assets that are no deps. */
function strangerFaults({ key, deps = [], partitionMappings = {} }: AssetSpec): MappingFault[] {
  const known = deps as readonly string[];
  return Object.keys(partitionMappings)
    .filter((upstream) => !known.includes(upstream))
    .map((upstream) => ({
      upstream,
      message: `\`${key}\` maps partitions of \`${upstream}\`, which is not among its deps`,
      hint: didYouMean(upstream, known),
    }));
}

function depFaults(spec: AssetSpec, assets: ReadonlyMap<AssetKey, CollectedAsset>): MappingFault[] {
  return ((spec.deps ?? []) as readonly AssetKey[]).flatMap((dep) => {
    const upstream = assets.get(dep)?.spec;
    const mapping = spec.partitionMappings?.[dep];
    if (upstream === undefined) return [];
    // Without a named mapping an unpartitioned side needs all of the other.
    if (mapping === undefined && (spec.partitions === undefined || upstream.partitions === undefined))
      return [];
    const reason = validateMapping(mapping, { downstream: spec.partitions, upstream: upstream.partitions });
    if (reason === undefined) return [];
    const message = `\`${spec.key}\` can't be mapped to the partitions of \`${dep}\`: ${reason}`;
    return [{ upstream: dep, message, hint: "name a partition mapping for this dep, such as `all`" }];
  });
}
