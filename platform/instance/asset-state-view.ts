import type { AssetKey } from "../core/asset-key.ts";
import type { AssetCheck } from "../core/definitions-snapshot.ts";
import type { AssetMomentView, AssetStateView, CheckStateView, StalenessView } from "../core/views.ts";
import type { AssetMoment, AssetRecord, CheckRecord } from "../storage/storage.ts";

/** What is remembered of an asset, with every check that it has now, answered or not. */
export function assetStateView(
  key: AssetKey,
  remembered: {
    readonly record: AssetRecord | undefined;
    readonly checks: readonly { spec: AssetCheck; records: readonly CheckRecord[] }[];
    readonly staleness: StalenessView | null;
  },
): AssetStateView {
  const { record, checks, staleness } = remembered;
  return {
    key,
    materialized: momentView(record?.materialized),
    observed: momentView(record?.observed),
    failed: momentView(record?.failed),
    checks: checks.map(({ spec, records }) => checkStateView(spec, records[0])),
    staleness,
  };
}

function momentView(moment: AssetMoment | undefined): AssetMomentView | null {
  if (moment === undefined) return null;
  const { runId, step, at, partition, metadata, dataVersion } = moment;
  return { run_id: runId, step, at_ms: at, partition, metadata, data_version: dataVersion ?? null };
}

function checkStateView(spec: AssetCheck, latest: CheckRecord | undefined): CheckStateView {
  return {
    check: spec.key,
    name: spec.name,
    blocking: spec.blocking,
    description: spec.description ?? null,
    latest:
      latest === undefined
        ? null
        : {
            run_id: latest.runId,
            at_ms: latest.at,
            partition: latest.partition,
            passed: latest.passed,
            severity: latest.severity,
            description: latest.description ?? null,
            metadata: latest.metadata,
          },
  };
}
