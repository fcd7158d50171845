import {
  type AssetSpec,
  assetSpecSchema,
  Component,
  type ComponentContext,
  type Definitions,
  type RawMetadata,
  type StepContext,
  StepError,
  Type,
} from "#platform";
import { exampleOf } from "../example.ts";
import { statementFields, templateRule } from "../sql/sql-statement.ts";
import { warehouseStatement } from "../sql/warehouse-statement.ts";
import {
  askForBigQueryCredentials,
  bigQueryConnectionSchema,
  bigQuerySettings,
  openBigQuery,
} from "./bigquery-connection.ts";
import { estimateBytes, jobIdOf, jobLabels, jobMetadata, runJob } from "./bigquery-job.ts";
import { tableReference } from "./bigquery-table.ts";

const schema = Type.Object(
  {
    asset: assetSpecSchema,
    ...statementFields,
    table: Type.Optional(
      Type.String({
        description:
          "Table that the result becomes, as `project.dataset.table`; without it the SQL runs as it is.",
      }),
    ),
    write_disposition: Type.Union(
      [Type.Literal("WRITE_TRUNCATE"), Type.Literal("WRITE_APPEND"), Type.Literal("WRITE_EMPTY")],
      { default: "WRITE_TRUNCATE", description: "What happens to the rows that `table` holds already." },
    ),
    time_partitioning: Type.Optional(
      Type.Object(
        {
          type: Type.Union([
            Type.Literal("HOUR"),
            Type.Literal("DAY"),
            Type.Literal("MONTH"),
            Type.Literal("YEAR"),
          ]),
          field: Type.Optional(Type.String({ description: "Column that partitions the table." })),
        },
        { additionalProperties: false, description: "How `table` is partitioned when it is made." },
      ),
    ),
    maximum_bytes_billed: Type.Optional(
      Type.Integer({ minimum: 1, description: "BigQuery refuses the query when it would bill more." }),
    ),
    estimate: Type.Boolean({
      default: true,
      description: "Whether a dry run tells first how much would be read.",
    }),
    labels: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: "Labels of the job, besides our own." }),
    ),
    connection: Type.Optional(bigQueryConnectionSchema),
    timeout_seconds: Type.Number({
      default: 3600,
      exclusiveMinimum: 0,
      description: "Deadline of the query.",
    }),
  },
  {
    additionalProperties: false,
    description: `An asset that SQL in BigQuery brings up to date. Jobs carry the run and the asset as labels. ${templateRule}`,
  },
);

export class BigQuerySqlComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "BigQuerySqlComponent");
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    askForBigQueryCredentials(context, this.attributes.connection);
    return warehouseStatement(context, this.attributes, {
      dialect: "bigquery",
      run: (sql, asset, step) => this.#run(context, { sql, asset }, step),
    });
  }

  async #run(
    context: ComponentContext,
    { sql, asset }: { sql: string; asset: AssetSpec },
    step: StepContext,
  ): Promise<void> {
    const settings = bigQuerySettings(context, this.attributes.connection);
    const query = this.#queryOf(sql, settings.project);
    const bigquery = await openBigQuery(settings);
    const estimated = this.attributes.estimate
      ? await estimateBytes(bigquery, { ...query, ...locationOf(settings) })
      : undefined;
    if (estimated !== undefined) step.log.info(`the query would read ${estimated} bytes`);
    const job = await runJob(
      bigquery,
      {
        query,
        labels: jobLabels({ ...this.attributes.labels, dop_run: step.runId, dop_asset: asset.key }),
        jobTimeoutMs: String(this.attributes.timeout_seconds * 1000),
      },
      { jobId: jobIdOf(step, "query"), signal: step.signal, ...locationOf(settings) },
    );
    const metadata: RawMetadata = {
      ...jobMetadata(job),
      ...(estimated === undefined ? {} : { estimated_bytes: estimated }),
      ...(this.attributes.table === undefined ? {} : { table_name: this.attributes.table }),
    };
    step.materialized(asset.key, { metadata });
  }

  #queryOf(sql: string, project: string | undefined): object {
    const { table, write_disposition, time_partitioning, maximum_bytes_billed } = this.attributes;
    const destination = table === undefined ? undefined : tableReference(table, project);
    if (table !== undefined && destination === undefined) {
      throw new StepError(`\`${table}\` is no table; write project.dataset.table`, { retry: "never" });
    }
    return {
      query: sql,
      useLegacySql: false,
      ...(destination === undefined
        ? {}
        : { destinationTable: destination, writeDisposition: write_disposition }),
      ...(destination === undefined || time_partitioning === undefined
        ? {}
        : { timePartitioning: time_partitioning }),
      ...(maximum_bytes_billed === undefined ? {} : { maximumBytesBilled: String(maximum_bytes_billed) }),
    };
  }
}

function locationOf({ location }: { readonly location?: string }): { location?: string } {
  return location === undefined ? {} : { location };
}
