import {
  type AssetSpec,
  assetSpecSchema,
  Component,
  type ComponentContext,
  type Definitions,
  type RawMetadata,
  type StepContext,
  Type,
} from "#platform";
import { exampleOf } from "../example.ts";
import { statementFields, templateRule } from "../sql/sql-statement.ts";
import { warehouseStatement } from "../sql/warehouse-statement.ts";
import { askForCredentials, connectionSchema, connectionSettings } from "./snowflake-connection.ts";
import { SnowflakeObjectComponent } from "./snowflake-object-component.ts";
import { openSnowflake } from "./snowflake-session.ts";
import { type TableTarget, tableStatement } from "./table-statement.ts";

const schema = Type.Object(
  {
    asset: assetSpecSchema,
    ...statementFields,
    table: Type.Optional(
      Type.String({
        description:
          "Table that the result of a query becomes, as `DATABASE.SCHEMA.NAME`; without it the SQL runs as it is.",
      }),
    ),
    materialization: Type.Optional(
      Type.Union([Type.Literal("table"), Type.Literal("view")], {
        description: "What `table` becomes: `table` unless given.",
      }),
    ),
    connection: Type.Optional(connectionSchema),
    timeout_seconds: Type.Number({ default: 3600, exclusiveMinimum: 0, description: "Deadline of the SQL." }),
  },
  {
    additionalProperties: false,
    description: `An asset that SQL in Snowflake brings up to date. Queries carry the run and the asset as their query tag. ${templateRule}`,
  },
);

export class SnowflakeSqlComponent extends Component<typeof schema> {
  static override readonly schema = schema;
  static override readonly scope = SnowflakeObjectComponent.scope;

  static override get example(): string {
    return exampleOf(import.meta.url, "SnowflakeSqlComponent");
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    askForCredentials(context, this.attributes.connection);
    return warehouseStatement(context, this.attributes, {
      dialect: "snowflake",
      run: (sql, asset, step) => this.#run(context, { sql, asset }, step),
    });
  }

  async #run(
    context: ComponentContext,
    { sql, asset }: { sql: string; asset: AssetSpec },
    step: StepContext,
  ): Promise<void> {
    const { connection, table, materialization = "table", timeout_seconds } = this.attributes;
    const target: TableTarget | undefined = table === undefined ? undefined : { table, materialization };
    const session = await openSnowflake(connectionSettings(context, connection), {
      signal: step.signal,
      queryTag: `dop ${step.runId} ${asset.key}`,
      timeoutMs: timeout_seconds * 1000,
    });
    try {
      const result = await session.execute(
        target === undefined ? sql : tableStatement(target, sql),
        target === undefined ? { several: true } : {},
      );
      const metadata: RawMetadata = {
        query_id: result.queryId,
        ...(result.rowsAffected === undefined ? {} : { rows_affected: result.rowsAffected }),
        ...(table === undefined ? {} : { table_name: table }),
      };
      step.materialized(asset.key, { metadata });
    } finally {
      await session.close();
    }
  }
}
