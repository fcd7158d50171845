import {
  type AssetSpec,
  assetSpecSchema,
  Component,
  type ComponentContext,
  type Definitions,
  deferred,
  reveal,
  type StepContext,
  StepError,
  Type,
} from "#platform";
import { exampleOf } from "../example.ts";
import { runNames, sampleRunNames } from "../run-names.ts";
import { stepOfAssets } from "../step-of-assets.ts";
import {
  askForBigQueryCredentials,
  bigQueryConnectionSchema,
  bigQuerySettings,
  openBigQuery,
} from "./bigquery-connection.ts";
import { jobIdOf, jobLabels, jobMetadata, runJob } from "./bigquery-job.ts";
import { tableReference } from "./bigquery-table.ts";
import { uploadFile } from "./upload-file.ts";

const formats = {
  csv: "CSV",
  json: "NEWLINE_DELIMITED_JSON",
  parquet: "PARQUET",
  avro: "AVRO",
  orc: "ORC",
} as const;

const schema = Type.Object(
  {
    asset: assetSpecSchema,
    source: deferred(
      Type.String({
        minLength: 1,
        description:
          "What is loaded: `gs://bucket/folder/*.parquet`, or a file relative to the component file. Its templates are evaluated when the step runs and may name `partition.key` and `window.start`.",
      }),
    ),
    format: Type.Union(
      (Object.keys(formats) as (keyof typeof formats)[]).map((name) => Type.Literal(name)),
      { description: "Format of the files." },
    ),
    table: deferred(
      Type.String({
        minLength: 1,
        description:
          "Table that is loaded, as `project.dataset.table`; may name a partition as `table$20260131`.",
      }),
    ),
    write_disposition: Type.Union(
      [Type.Literal("WRITE_TRUNCATE"), Type.Literal("WRITE_APPEND"), Type.Literal("WRITE_EMPTY")],
      { default: "WRITE_TRUNCATE", description: "What happens to the rows that the table holds already." },
    ),
    autodetect: Type.Boolean({ default: true, description: "Whether BigQuery finds out the columns." }),
    columns: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ minLength: 1 }),
            type: Type.String({ minLength: 1 }),
            mode: Type.Optional(Type.String()),
          },
          { additionalProperties: false },
        ),
        { description: "The table's columns, instead of `autodetect`." },
      ),
    ),
    skip_leading_rows: Type.Optional(Type.Integer({ minimum: 0, description: "Header lines of CSV files." })),
    labels: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: "Labels of the job, besides our own." }),
    ),
    connection: Type.Optional(bigQueryConnectionSchema),
  },
  {
    additionalProperties: false,
    description: "A BigQuery table that is loaded from files in Cloud Storage or of the project.",
  },
);

export class BigQueryLoadComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "BigQueryLoadComponent");
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const asset = context.assetSpec(this.attributes.asset, { kinds: ["bigquery"] });
    context.evaluate([this.attributes.source, this.attributes.table], sampleRunNames([asset.key]));
    askForBigQueryCredentials(context, this.attributes.connection);
    const step = stepOfAssets([asset], { name: asset.key, run: (step) => this.#run(context, asset, step) });
    return { assets: [asset], steps: [step] };
  }

  async #run(context: ComponentContext, asset: AssetSpec, step: StepContext): Promise<void> {
    const settings = bigQuerySettings(context, this.attributes.connection);
    const names = runNames(step);
    const source = String(reveal(context.evaluate(this.attributes.source, names)));
    const table = String(reveal(context.evaluate(this.attributes.table, names)));
    const destinationTable = tableReference(table, settings.project);
    if (destinationTable === undefined) {
      throw new StepError(`\`${table}\` is no table; write project.dataset.table`, { retry: "never" });
    }
    const load = { ...this.#loadOf(), destinationTable };
    const labels = jobLabels({ ...this.attributes.labels, dop_run: step.runId, dop_asset: asset.key });
    const options = {
      jobId: jobIdOf(step, "load"),
      signal: step.signal,
      ...(settings.location === undefined ? {} : { location: settings.location }),
    };
    const bigquery = await openBigQuery(settings);
    const job = source.startsWith("gs://")
      ? await runJob(bigquery, { load: { ...load, sourceUris: [source] }, labels }, options)
      : await uploadFile(bigquery, context.resolvePath(source), { load, labels, ...options });
    step.materialized(asset.key, { metadata: { ...jobMetadata(job), table_name: table, source } });
  }

  #loadOf(): object {
    const { format, write_disposition, autodetect, columns, skip_leading_rows } = this.attributes;
    return {
      sourceFormat: formats[format as keyof typeof formats],
      writeDisposition: write_disposition,
      ...(columns === undefined ? { autodetect } : { schema: { fields: columns } }),
      ...(skip_leading_rows === undefined ? {} : { skipLeadingRows: skip_leading_rows }),
    };
  }
}
