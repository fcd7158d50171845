import { createHash } from "node:crypto";
import type { BigQuery, Job } from "@google-cloud/bigquery";
import { type RawMetadata, type StepContext, StepError } from "#platform";

/**
 * The id of a job, the same for the same attempt of the same step: when the answer to its creation is lost, asking
 * again finds the job instead of starting a second one. Letters, digits and `_` alone.
 */
export function jobIdOf(
  step: Pick<StepContext, "runId" | "attempt"> & {
    step: { name: string };
    partition?: { keys: readonly string[] } | undefined;
  },
  part: string,
): string {
  const identity = JSON.stringify([
    step.runId,
    step.step.name,
    step.partition?.keys ?? [],
    step.attempt,
    part,
  ]);
  return `dop_${createHash("sha256").update(identity).digest("hex").slice(0, 40)}`;
}

/** Labels that show what a job was for; BigQuery takes lower-case letters, digits, `_` and `-`, at most 63 of them. */
export function jobLabels(labels: { readonly [name: string]: string }): { [name: string]: string } {
  const clean = (text: string): string =>
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9_-]/g, "_")
      .slice(0, 63);
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [clean(name), clean(value)]));
}

/**
 * Starts a job, or takes up the one that has this id already, and waits for its end. The job is cancelled with the
 * step. Rejects with StepError; only what BigQuery calls a passing fault may be tried again.
 */
export async function runJob(
  bigquery: BigQuery,
  configuration: object,
  options: { readonly jobId: string; readonly location?: string; readonly signal: AbortSignal },
): Promise<Record<string, unknown>> {
  const { jobId, location } = options;
  const place = location === undefined ? {} : { location };
  const start = async (): Promise<Job> => {
    const [job] = await bigquery.createJob({ configuration, jobId, ...place } as never);
    return job as unknown as Job;
  };
  return waitForJob(start, bigquery, options);
}

/** As `runJob`, for a job that `start` creates under the id of the options. */
export async function waitForJob(
  start: () => Promise<Job>,
  bigquery: BigQuery,
  options: { readonly jobId: string; readonly location?: string; readonly signal: AbortSignal },
): Promise<Record<string, unknown>> {
  const { signal } = options;
  const job = await startJob(start, bigquery, options);
  const cancel = (): void => {
    job.cancel().catch(() => undefined);
  };
  signal.addEventListener("abort", cancel, { once: true });
  try {
    for (let waitMs = 500; ; waitMs = Math.min(waitMs * 1.5, 5000)) {
      signal.throwIfAborted();
      const [metadata] = (await job.getMetadata()) as unknown as [
        { status?: { state?: string; errorResult?: JobFault } },
      ];
      if (metadata.status?.errorResult !== undefined) throw faultOf(metadata.status.errorResult);
      if (metadata.status?.state === "DONE") return metadata as Record<string, unknown>;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  } catch (error) {
    throw error instanceof StepError || signal.aborted ? error : stepError(error);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

/** What a finished job cost and wrote. */
export function jobMetadata(job: Record<string, unknown>): RawMetadata {
  const statistics = (job["statistics"] ?? {}) as {
    query?: Record<string, unknown>;
    load?: Record<string, unknown>;
  };
  const { query = {}, load = {} } = statistics;
  const values = {
    bytes_billed: query["totalBytesBilled"],
    bytes_processed: query["totalBytesProcessed"],
    rows_affected: query["numDmlAffectedRows"],
    rows: load["outputRows"],
    bytes_loaded: load["outputBytes"],
  };
  const numbers = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Number(value)]],
  );
  return {
    ...Object.fromEntries(numbers),
    job_id: String((job["jobReference"] as { jobId?: string } | undefined)?.jobId ?? ""),
  };
}

/** Bytes that a query would read, from a dry run. */
export async function estimateBytes(bigquery: BigQuery, query: object): Promise<number> {
  try {
    const [job] = await bigquery.createQueryJob({ ...query, dryRun: true } as never);
    const { statistics } = (job as unknown as { metadata: { statistics?: { totalBytesProcessed?: string } } })
      .metadata;
    return Number(statistics?.totalBytesProcessed ?? 0);
  } catch (error) {
    throw stepError(error);
  }
}

interface JobFault {
  readonly reason?: string;
  readonly message?: string;
}

async function startJob(
  start: () => Promise<Job>,
  bigquery: BigQuery,
  { jobId, location }: { readonly jobId: string; readonly location?: string },
): Promise<Job> {
  try {
    return await start();
  } catch (error) {
    if (codeOf(error) === 409) return bigquery.job(jobId, location === undefined ? {} : { location });
    throw stepError(error);
  }
}

const passing = new Set([
  "backendError",
  "internalError",
  "rateLimitExceeded",
  "jobBackendError",
  "jobRateLimitExceeded",
  "quotaExceeded",
]);

function faultOf({ reason, message }: JobFault): StepError {
  return new StepError(`BigQuery: ${message ?? reason ?? "the job failed"}`, {
    retry: reason !== undefined && passing.has(reason) ? "later" : "never",
  });
}

function stepError(error: unknown): StepError {
  const code = codeOf(error);
  const again = code === undefined || code === 429 || code >= 500;
  const message = error instanceof Error ? error.message : String(error);
  return new StepError(`BigQuery: ${message}`, { retry: again ? "later" : "never", cause: error });
}

function codeOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  const code = Number(error.code);
  return Number.isFinite(code) ? code : undefined;
}
