import { existsSync } from "node:fs";
import type { BigQuery } from "@google-cloud/bigquery";
import { StepError } from "#platform";
import { waitForJob } from "./bigquery-job.ts";

/** Loads a local file in one upload and waits for the job; gives the job's metadata. Rejects with StepError. */
export async function uploadFile(
  bigquery: BigQuery,
  file: string,
  options: {
    readonly load: { readonly destinationTable: { projectId: string; datasetId: string; tableId: string } };
    readonly labels: { readonly [name: string]: string };
    readonly jobId: string;
    readonly location?: string;
    readonly signal: AbortSignal;
  },
): Promise<Record<string, unknown>> {
  if (!existsSync(file)) throw new StepError(`there is no file ${file} to load`, { retry: "never" });
  const { destinationTable, ...load } = options.load;
  const table = bigquery
    .dataset(destinationTable.datasetId, { projectId: destinationTable.projectId })
    .table(destinationTable.tableId);
  return waitForJob(
    async () => {
      const [job] = await table.createLoadJob(file, {
        ...load,
        labels: options.labels,
        jobId: options.jobId,
        ...(options.location === undefined ? {} : { location: options.location }),
      } as never);
      return job as never;
    },
    bigquery,
    options,
  );
}
