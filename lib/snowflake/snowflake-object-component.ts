import {
  type AssetSpec,
  assetAttributesSchema,
  assetKey,
  Component,
  type ComponentContext,
  type Definitions,
  type ScopeContext,
  type Static,
  type StepContext,
  Type,
} from "#platform";
import {
  databaseFromEnv,
  dmsSchemaFromEnv,
  dmsStorageFromEnv,
  roleFromEnv,
  schemaFromEnv,
} from "../environment/environment-names.ts";
import { exampleOf } from "../example.ts";
import { stepOfAssets } from "../step-of-assets.ts";
import { createOrRefresh, type SnowflakeObject } from "./create-or-refresh.ts";
import { askForCredentials, connectionSchema, connectionSettings } from "./snowflake-connection.ts";
import { openSnowflake } from "./snowflake-session.ts";

const text = (description: string) => Type.Optional(Type.String({ description }));
const flag = (description: string) => Type.Optional(Type.Boolean({ description }));
const mapping = (description: string) => Type.Record(Type.String(), Type.Any(), { description });

const optionsSchema = Type.Object(
  {
    location: text("Stage that an external table reads, such as `@landing`."),
    url: text("Address that a stage reads, such as `s3://bucket/folder`."),
    storage_integration: text("Storage integration that grants access."),
    directory_enabled: flag("Whether a stage keeps a directory table."),
    auto_refresh: flag("Whether events of the storage refresh it."),
    refresh_on_create: flag("Whether it is refreshed when it is made."),
    file_format: mapping("Format of the files, such as `{type: JSON}`."),
    directory: Type.Optional(mapping("Settings of the directory table, such as `{enable: true}`.")),
    comment: text("Comment on the object."),
    pattern: text("Regular expression that the files' names match."),
  },
  { additionalProperties: false, description: "Options of the statement that creates the object." },
);

const schema = Type.Object(
  {
    name: Type.String({ minLength: 1, description: "Name of the object." }),
    database_name: Type.String({ minLength: 1, description: "Its database; first part of the asset's key." }),
    schema_name: Type.String({ minLength: 1, description: "Its schema; second part of the asset's key." }),
    type: Type.Union([Type.Literal("stage"), Type.Literal("external table")], { description: "What it is." }),
    role: Type.String({ minLength: 1, description: "Role that makes and refreshes it." }),
    columns: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ minLength: 1, description: "Name of the column." }),
            type: Type.String({ minLength: 1, description: "Its Snowflake type." }),
            as: Type.String({ minLength: 1, description: "SQL expression that gives its value." }),
          },
          { additionalProperties: false },
        ),
        { description: "Columns of an external table." },
      ),
    ),
    partition_by: text("Columns that partition an external table."),
    asset_attributes: Type.Optional(assetAttributesSchema),
    options: Type.Optional(optionsSchema),
    connection: Type.Optional(connectionSchema),
  },
  {
    additionalProperties: false,
    description: "A Snowflake stage or external table: made when it is missing, refreshed at every run.",
  },
);

export class SnowflakeObjectComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "SnowflakeObjectComponent");
  }

  static override scope(context: ScopeContext): { readonly [name: string]: unknown } {
    return {
      database_from_env: () => databaseFromEnv(context),
      schema_from_env: () => schemaFromEnv(context),
      role_from_env: () => roleFromEnv(context),
      dms_storage_from_env: () => dmsStorageFromEnv(context),
      dms_schema_from_env: () => dmsSchemaFromEnv(context),
    };
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const { name, database_name, schema_name, asset_attributes, connection } = this.attributes;
    const base: AssetSpec = {
      key: assetKey(database_name, schema_name, name),
      codeReferences: [context.codeReference()],
    };
    const asset = context.applyAttributes(base, asset_attributes);
    askForCredentials(context, connection);
    const step = stepOfAssets([asset], { name: asset.key, run: (step) => this.#run(context, asset, step) });
    return { assets: [asset], steps: [step] };
  }

  async #run(context: ComponentContext, asset: AssetSpec, step: StepContext): Promise<void> {
    const session = await openSnowflake(connectionSettings(context, this.attributes.connection), {
      signal: step.signal,
      queryTag: `dop ${step.runId} ${asset.key}`,
      timeoutMs: 600_000,
    });
    try {
      const { created, statements } = await createOrRefresh(objectOf(this.attributes), (sql) =>
        session.execute(sql),
      );
      step.materialized(asset.key, { metadata: { created, statements: statements.length } });
    } finally {
      await session.close();
    }
  }
}

function objectOf(attributes: Static<typeof schema>): SnowflakeObject {
  const { name, database_name, schema_name, type, role, columns, partition_by, options = {} } = attributes;
  return {
    name,
    database: database_name,
    schema: schema_name,
    type,
    role,
    options,
    ...(columns === undefined ? {} : { columns }),
    ...(partition_by === undefined ? {} : { partitionBy: partition_by }),
  };
}
