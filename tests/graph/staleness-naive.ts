import type { Asset } from "../../platform/core/definitions-snapshot.ts";
import type { PartitionsDefinition } from "../../platform/core/partitions.ts";
import type { StaleStatus } from "../../platform/core/views.ts";
import type { StalenessFact, StalenessFacts } from "../../platform/graph/staleness-facts.ts";
import { type PartitionMoment, partitionKeys } from "../../platform/partition/partition-keys.ts";
import { upstreamKeys } from "../../platform/partition/partition-mapping.ts";

/** The rule of staleness word for word, one slice at a time: what the fast one is compared with. */
export function naiveStaleness(
  assets: readonly Asset[],
  facts: StalenessFacts,
  moment: PartitionMoment,
): (key: string, partition: string | null) => { status: StaleStatus; roots: ReadonlySet<string> } {
  const byKey = new Map<string, Asset>(assets.map((asset) => [asset.key, asset]));
  const factOf = (key: string, slice: string | null) =>
    facts.get(key)?.partitions.find(({ partition }) => partition === slice);

  const reads = (asset: Asset, slice: string | null): [Asset, string | null][] =>
    asset.deps.flatMap((dep): [Asset, string | null][] => {
      const upstream = byKey.get(dep);
      if (upstream === undefined) return [];
      if (upstream.partitions === undefined) return [[upstream, null]];
      const mapped = upstreamKeys(
        {
          downstream: asset.partitions,
          upstream: upstream.partitions,
          mapping: asset.partitionMappings?.[dep],
          moment,
        },
        slice === null ? [] : [slice],
      );
      return mapped.keys.map((key) => [upstream, key]);
    });

  /** Root assets of changes that something which started then has not seen. */
  const changes = (reader: StalenessFact, asset: Asset, slice: string | null): string[] => {
    const fact = factOf(asset.key, slice);
    if (fact === undefined)
      return asset.materializable ? [] : newest(reader, asset, slice).map((key) => `data ${key}`);
    const isNews = fact.changedCursor > reader.startedCursor && fact.startedCursor !== reader.startedCursor;
    return isNews ? [`data ${asset.key}`] : [];
  };
  /** Of what shows through an external asset only the newest change is told. */
  const newest = (reader: StalenessFact, asset: Asset, slice: string | null): string[] => {
    const sources = shownThrough(asset, slice).toSorted(
      (a, b) => b.fact.changedCursor - a.fact.changedCursor,
    );
    const [first] = sources;
    if (first === undefined || first.fact.changedCursor <= reader.startedCursor) return [];
    return first.fact.startedCursor === reader.startedCursor ? [] : [first.key];
  };
  const shownThrough = (asset: Asset, slice: string | null): { key: string; fact: StalenessFact }[] =>
    reads(asset, slice).flatMap(([upstream, key]) => {
      const fact = factOf(upstream.key, key);
      if (fact !== undefined) return [{ key: upstream.key, fact }];
      return upstream.materializable ? [] : shownThrough(upstream, key);
    });

  const known = new Map<string, ReadonlySet<string>>();
  /** What a slice hands on to its readers, which for a materialized one is why it is stale. */
  const roots = (asset: Asset, slice: string | null): ReadonlySet<string> => {
    const name = `${asset.key} ${slice}`;
    const before = known.get(name);
    if (before !== undefined) return before;
    const found = new Set<string>();
    const fact = factOf(asset.key, slice);
    if (fact === undefined && !asset.materializable)
      for (const [upstream, key] of reads(asset, slice))
        for (const root of roots(upstream, key)) found.add(root);
    if (fact !== undefined && asset.materializable) {
      if (asset.codeVersion !== undefined && asset.codeVersion !== fact.codeVersion)
        found.add(`code ${asset.key}`);
      for (const [upstream, key] of reads(asset, slice)) {
        for (const root of changes(fact, upstream, key)) found.add(root);
        for (const root of roots(upstream, key)) found.add(root);
      }
    }
    known.set(name, found);
    return found;
  };

  return (key, partition) => {
    const asset = byKey.get(key) as Asset;
    if (!asset.materializable) return { status: "fresh", roots: new Set() };
    if (factOf(key, partition) === undefined) return { status: "missing", roots: new Set() };
    const found = roots(asset, partition);
    return { status: found.size > 0 ? "stale" : "fresh", roots: found };
  };
}

export function slicesOf({ partitions }: Asset, moment: PartitionMoment): (string | null)[] {
  return partitions === undefined ? [null] : [...partitionKeys(partitions as PartitionsDefinition, moment)];
}
