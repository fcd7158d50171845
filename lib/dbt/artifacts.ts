/** One node's result in `run_results.json`. */
export interface DbtRunResult {
  readonly uniqueId: string;
  /** As dbt writes it: `success`, `error`, `skipped`, `partial success`, `no-op`, `pass`, `fail`, `warn`, … */
  readonly status: string;
  readonly message?: string;
  readonly seconds?: number;
  /** Rows that a test found. */
  readonly failures?: number;
  /** Rows written, as the adapter tells; -1 for views, and missing where it does not tell. */
  readonly rowsAffected?: number;
  /** Of a microbatch model: how many batches came out how. */
  readonly batches?: { readonly successful: number; readonly failed: number };
  /** What the adapter says of the statement. */
  readonly response?: { readonly [name: string]: unknown };
}

/** One source in `sources.json`. */
export interface DbtSourceResult {
  readonly uniqueId: string;
  readonly status: string;
  /** When the newest row was loaded; missing where the question failed. */
  readonly maxLoadedAt?: string;
  /** Age of that row when it was asked for. */
  readonly ageSeconds?: number;
}

interface WrittenResult {
  readonly unique_id: string;
  readonly status: string;
  readonly message?: string | null;
  readonly execution_time?: number | null;
  readonly failures?: number | null;
  readonly adapter_response?: { readonly rows_affected?: unknown } | null;
  readonly batch_results?: {
    readonly successful?: readonly unknown[];
    readonly failed?: readonly unknown[];
  } | null;
  readonly max_loaded_at?: string | null;
  readonly max_loaded_at_time_ago_in_s?: number | null;
}

export interface DbtRunResults {
  /** Of the file's schema, such as 6. */
  readonly version: number | undefined;
  readonly results: readonly DbtRunResult[];
}

/** Reads the text of `run_results.json`; the reason says why it is none, as the end of a sentence. */
export function parseRunResults(text: string): DbtRunResults | { readonly reason: string } {
  const written = artifactOf(text);
  if ("reason" in written) return written;
  const version = /\/v(\d+)\.json$/.exec(written.metadata?.dbt_schema_version ?? "")?.[1];
  return {
    version: version === undefined ? undefined : Number(version),
    results: written.results.map(runResultOf),
  };
}

/** Reads the text of `sources.json`; the reason says why it is none, as the end of a sentence. */
export function parseSourceResults(text: string): DbtSourceResult[] | { readonly reason: string } {
  const written = artifactOf(text);
  if ("reason" in written) return written;
  return written.results.map(
    ({ unique_id: uniqueId, status, max_loaded_at: maxLoadedAt, max_loaded_at_time_ago_in_s: age }) => ({
      uniqueId,
      status,
      ...(maxLoadedAt == null ? {} : { maxLoadedAt }),
      ...(age == null ? {} : { ageSeconds: age }),
    }),
  );
}

interface Artifact {
  readonly metadata?: { readonly dbt_schema_version?: string };
  readonly results: readonly WrittenResult[];
}

function artifactOf(text: string): Artifact | { readonly reason: string } {
  try {
    const artifact = JSON.parse(text) as Artifact | null;
    if (Array.isArray(artifact?.results)) return artifact;
  } catch {
    return { reason: "is no JSON" };
  }
  return { reason: "has no `results`, so it is none of dbt's" };
}

function runResultOf(written: WrittenResult): DbtRunResult {
  const {
    message,
    execution_time: seconds,
    failures,
    adapter_response: response,
    batch_results: batches,
  } = written;
  const rows = response?.rows_affected;
  return {
    uniqueId: written.unique_id,
    status: written.status,
    ...(message == null ? {} : { message }),
    ...(seconds == null ? {} : { seconds }),
    ...(failures == null ? {} : { failures }),
    ...(typeof rows === "number" ? { rowsAffected: rows } : {}),
    ...(response == null || Object.keys(response).length === 0 ? {} : { response }),
    ...(batches == null
      ? {}
      : { batches: { successful: batches.successful?.length ?? 0, failed: batches.failed?.length ?? 0 } }),
  };
}
