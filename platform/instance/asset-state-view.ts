import type { Asset, AssetCheck } from "../core/definitions-snapshot.ts";
import type { AssetMomentView, AssetStateView, CheckStateView, StalenessView } from "../core/views.ts";
import type { AssetMoment, AssetRecord, CheckRecord } from "../storage/asset-records.ts";
import { freshnessView, type HealthFacts, healthView } from "./asset-health-view.ts";

/** What is remembered of an asset, with every check that it has now, answered or not. */
export function assetStateView(
  asset: Asset,
  remembered: {
    readonly record: AssetRecord | undefined;
    readonly checks: readonly { spec: AssetCheck; latest: CheckRecord | undefined }[];
    readonly staleness: StalenessView | null;
  } & Pick<HealthFacts, "hasFailed" | "now"> & { readonly freshness: HealthFacts["record"] },
): AssetStateView {
  const { record, staleness, freshness, hasFailed, now } = remembered;
  const materialized = momentView(record?.materialized);
  const failed = momentView(record?.failed);
  const checks = remembered.checks.map(({ spec, latest }) => checkStateView(spec, latest));
  const facts = { asset, materialized, failed, hasFailed, checks, record: freshness, now };
  return {
    key: asset.key,
    materialized,
    observed: momentView(record?.observed),
    failed,
    checks,
    health: healthView(facts),
    freshness: freshnessView(facts),
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
