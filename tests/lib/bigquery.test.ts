import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { jobIdOf, jobLabels } from "../../lib/bigquery/bigquery-job.ts";
import { tableReference } from "../../lib/bigquery/bigquery-table.ts";
import { fakeStep } from "./fake-step.ts";
import { errorsOf, loadDocuments, stepNamed } from "./load-documents.ts";

interface FakeJob {
  configuration: {
    dryRun?: boolean;
    labels?: object;
    query?: Record<string, unknown>;
    load?: Record<string, unknown>;
  };
  jobReference: { jobId: string };
}

/** A small BigQuery that keeps jobs by their id, refuses a second one of an id, and ends each at the second look. */
async function fakeBigQuery(
  options: { errorResult?: { reason: string; message: string }; known?: string[] } = {},
) {
  const jobs = new Map<string, { job: FakeJob; looks: number }>();
  const inserted: FakeJob[] = [];
  const cancelled: string[] = [];
  const uploads: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://fake");
      const send = (status: number, value: unknown): void => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(value));
      };
      const refuse = (code: number, message: string): void =>
        send(code, { error: { code, message, errors: [{ message }] } });
      if (url.pathname.startsWith("/upload/")) {
        const part = /\{.*?\}(?=\r\n--)/s.exec(body)?.[0] ?? "{}";
        const job = JSON.parse(part) as FakeJob;
        inserted.push(job);
        uploads.push(body);
        jobs.set(job.jobReference.jobId, { job, looks: 0 });
        return send(200, { ...job, status: { state: "RUNNING" } });
      }
      const [, id, action] = /\/projects\/p\/jobs\/?([^/?]*)\/?(\w*)/.exec(url.pathname) ?? [];
      if (request.method === "POST" && id === "") {
        const job = JSON.parse(body) as FakeJob;
        inserted.push(job);
        const isDry = job.configuration.dryRun === true;
        if (isDry)
          return send(200, {
            ...job,
            status: { state: "DONE" },
            statistics: { totalBytesProcessed: "4096" },
          });
        if (jobs.has(job.jobReference.jobId) || options.known?.includes(job.jobReference.jobId)) {
          jobs.set(job.jobReference.jobId, { job, looks: 1 });
          return refuse(409, "Already Exists");
        }
        jobs.set(job.jobReference.jobId, { job, looks: 0 });
        return send(200, { ...job, status: { state: "RUNNING" } });
      }
      const known = jobs.get(id ?? "");
      if (known === undefined) return refuse(404, "Not found");
      if (action === "cancel") {
        cancelled.push(id as string);
        return send(200, { job: known.job });
      }
      const done = ++known.looks > 1;
      const { errorResult } = options;
      return send(200, {
        ...known.job,
        status: {
          state: done ? "DONE" : "RUNNING",
          ...(done && errorResult !== undefined ? { errorResult } : {}),
        },
        statistics: {
          load: { outputRows: "2" },
          query: { totalBytesBilled: "10485760", totalBytesProcessed: "4096", numDmlAffectedRows: "3" },
        },
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, inserted, cancelled, uploads };
}

const component = (url: string) => `type: lib.BigQuerySqlComponent
attributes:
  asset: { key: analytics/downloads }
  table: p.analytics.downloads
  maximum_bytes_billed: 1000000
  labels: { Team: "Data Platform" }
  connection: { project: p, access_token: token, api_endpoint: "${url}", location: EU }
  sql: select {{ parameters.name }} as name
  parameters: { name: "it's" }
`;

async function run(fake: Awaited<ReturnType<typeof fakeBigQuery>>) {
  const loaded = await loadDocuments(component(fake.url));
  expect(errorsOf(loaded)).toEqual([]);
  const { step, reports, abort } = fakeStep({ assets: ["analytics/downloads"] });
  return { ended: stepNamed(loaded, "analytics/downloads").run(step), reports, abort, step };
}

test("a query is estimated, limited, labelled and told of", { timeout: 30_000 }, async () => {
  const fake = await fakeBigQuery();
  const { ended, reports } = await run(fake);
  await ended;
  expect(fake.inserted[1]).toMatchObject({
    configuration: {
      labels: { team: "data_platform", dop_asset: "analytics_downloads" },
      query: {
        query: "select 'it\\'s' as name",
        useLegacySql: false,
        maximumBytesBilled: "1000000",
        writeDisposition: "WRITE_TRUNCATE",
        destinationTable: { projectId: "p", datasetId: "analytics", tableId: "downloads" },
      },
    },
    jobReference: { location: "EU" },
  });
  expect(reports.materialized).toMatchObject([
    {
      options: {
        metadata: {
          estimated_bytes: 4096,
          bytes_billed: 10_485_760,
          rows_affected: 3,
          table_name: "p.analytics.downloads",
        },
      },
    },
  ]);
});

test("a job that was started already is taken up and not started twice", { timeout: 30_000 }, async () => {
  const { step } = fakeStep({ assets: ["analytics/downloads"], definition: { name: "analytics/downloads" } });
  const id = jobIdOf({ ...step, step: { name: "step" } }, "query");
  const fake = await fakeBigQuery({ known: [id] });
  const { ended, reports } = await run(fake);
  await ended;
  expect(reports.materialized.length).toBe(1);
});

test.for([
  { reason: "invalidQuery", retry: "never" },
  { reason: "backendError", retry: "later" },
])(
  "a job that fails for $reason may be tried again: $retry",
  { timeout: 30_000 },
  async ({ reason, retry }) => {
    const fake = await fakeBigQuery({ errorResult: { reason, message: "no" } });
    const { ended } = await run(fake);
    await expect(ended).rejects.toMatchObject({ name: "StepError", retry });
  },
);

test("the id of a job is the same for the same attempt and another for the next", () => {
  const step = { runId: "r" as never, attempt: 1, step: { name: "s" } };
  expect(jobIdOf(step, "query")).toBe(jobIdOf(step, "query"));
  expect(jobIdOf({ ...step, attempt: 2 }, "query")).not.toBe(jobIdOf(step, "query"));
  expect(jobIdOf(step, "query")).toMatch(/^[\w-]{1,1024}$/);
});

test("labels are made as BigQuery takes them", () => {
  expect(jobLabels({ "Run Id": "A/B é", x: "y".repeat(80) })).toEqual({ run_id: "a_b__", x: "y".repeat(63) });
});

test.for([
  { text: "p.d.t", reference: { projectId: "p", datasetId: "d", tableId: "t" } },
  { text: "d.t", reference: { projectId: "own", datasetId: "d", tableId: "t" } },
  {
    text: "example.com:shop.d.t$20260131",
    reference: { projectId: "example.com:shop", datasetId: "d", tableId: "t$20260131" },
  },
  { text: "t", reference: undefined },
  { text: "p..t", reference: undefined },
])("$text is the table $reference", ({ text, reference }) => {
  expect(tableReference(text, "own")).toEqual(reference);
});

test("without a project and credentials the component shows what it needs", async () => {
  const text =
    "type: lib.BigQueryLoadComponent\nattributes: { asset: { key: a }, source: 'gs://b/x.csv', format: csv, table: p.d.t }\n";
  const { snapshot } = await loadDocuments(text);
  expect(snapshot.components[0]).toMatchObject({
    status: "needs_credentials",
    needs: ["GOOGLE_CLOUD_PROJECT", "GOOGLE_CREDENTIALS"],
  });
});

const load = (url: string, source: string) => `type: lib.BigQueryLoadComponent
attributes:
  asset: { key: raw/rates }
  source: ${JSON.stringify(source)}
  format: csv
  skip_leading_rows: 1
  table: p.raw.rates$20260131
  connection: { project: p, access_token: token, api_endpoint: "${url}" }
`;

async function runLoad(fake: Awaited<ReturnType<typeof fakeBigQuery>>, source: string) {
  const loaded = await loadDocuments(load(fake.url, source), {
    files: { "rates.csv": "day,rate\n1,2\n3,4\n" },
  });
  expect(errorsOf(loaded)).toEqual([]);
  const partition = { key: "2026-01-31", keys: ["2026-01-31"], window: undefined, dimensions: {} } as never;
  const { step, reports } = fakeStep({ assets: ["raw/rates"], partition });
  await stepNamed(loaded, "raw/rates").run(step);
  return reports;
}

test("files in Cloud Storage are loaded by their address", { timeout: 30_000 }, async () => {
  const fake = await fakeBigQuery();
  const reports = await runLoad(fake, "gs://bucket/{{ partition.key }}/*.csv");
  expect(fake.inserted).toMatchObject([
    {
      configuration: {
        labels: { dop_asset: "raw_rates" },
        load: {
          sourceUris: ["gs://bucket/2026-01-31/*.csv"],
          sourceFormat: "CSV",
          skipLeadingRows: 1,
          destinationTable: { tableId: "rates$20260131" },
        },
      },
    },
  ]);
  expect(reports.materialized).toMatchObject([{ options: { metadata: { rows: 2 } } }]);
});

test("a file of the project is uploaded", { timeout: 30_000 }, async () => {
  const fake = await fakeBigQuery();
  await runLoad(fake, "./rates.csv");
  expect(fake.uploads[0]).toContain("day,rate");
  expect(fake.inserted).toMatchObject([
    { configuration: { load: { sourceFormat: "CSV", destinationTable: { datasetId: "raw" } } } },
  ]);
});
