import { deflateSync } from "node:zlib";
import type { AssetKey } from "../../core/asset-key.ts";
import type { StepContext } from "../../define/step.ts";

/** What a process learns of its step, in the protocol's own spelling. */
export interface PipesContextData {
  readonly asset_keys: readonly string[] | null;
  readonly code_version_by_asset_key: { readonly [asset: string]: string | null } | null;
  /** What an asset was last made from; it is not told, so that each is `null`. */
  readonly provenance_by_asset_key: { readonly [asset: string]: null } | null;
  readonly partition_key: string | null;
  readonly partition_key_range: { readonly start: string; readonly end: string } | null;
  readonly partition_time_window: { readonly start: string; readonly end: string } | null;
  readonly run_id: string;
  readonly job_name: string | null;
  /** 0 for the first attempt. */
  readonly retry_number: number;
  readonly extras: { readonly [name: string]: unknown };
}

/** The part of a step's context that its process is told. */
export type PipesFacts = Pick<StepContext, "runId" | "job" | "attempt" | "selectedAssets" | "partition">;

/** A step without assets has `null` for all that is told by asset; one of several slices has no single key. */
export function pipesContext(
  { runId, job, attempt, selectedAssets, partition }: PipesFacts,
  codeVersions: { readonly [asset: string]: string },
  extras: { readonly [name: string]: unknown },
): PipesContextData {
  const byAsset = <T>(of: (asset: AssetKey) => T) =>
    selectedAssets.length === 0
      ? null
      : Object.fromEntries(selectedAssets.map((asset) => [pipesAssetKey(asset), of(asset)]));
  const [start] = partition?.keys ?? [];
  const end = partition?.keys.at(-1);
  const window = partition?.window;
  return {
    asset_keys: selectedAssets.length === 0 ? null : selectedAssets.map(pipesAssetKey),
    code_version_by_asset_key: byAsset((asset) => codeVersions[asset] ?? null),
    provenance_by_asset_key: byAsset(() => null),
    partition_key: partition?.keys.length === 1 ? (start ?? null) : null,
    partition_key_range: start === undefined || end === undefined ? null : { start, end },
    partition_time_window:
      window === undefined ? null : { start: isoOf(window.start), end: isoOf(window.end) },
    run_id: runId,
    job_name: job ?? null,
    retry_number: attempt - 1,
    extras,
  };
}

/** A value as the parameters of the protocol carry it: JSON, zlib, base64. */
export function encodePipesParameter(value: unknown): string {
  return deflateSync(JSON.stringify(value)).toString("base64");
}

/** In the protocol a backslash escapes what follows it; parts of our keys hold no slash. */
export function pipesAssetKey(asset: AssetKey): string {
  return asset.replaceAll("\\", "\\\\");
}

/** The asset that a process names; it need not exist. */
export function assetKeyOfPipes(text: string): AssetKey {
  return text.replace(/\\(.)/gs, "$1") as AssetKey;
}

/** With its offset and without the name of the time zone, which readers of ISO 8601 do not know. */
function isoOf(moment: Temporal.ZonedDateTime): string {
  return moment.toString({ timeZoneName: "never" });
}
