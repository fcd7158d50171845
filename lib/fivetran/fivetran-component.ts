import {
  type AssetKey,
  type AssetSpec,
  assetAttributesSchema,
  automation,
  Component,
  type ComponentContext,
  type Definitions,
  type ResourceDefinition,
  resource,
  reveal,
  type ScopeContext,
  type StepContext,
  type StepDefinition,
  StepError,
  Type,
  translationSchema,
} from "#platform";
import { exampleOf } from "../example.ts";
import { stepOfAssets } from "../step-of-assets.ts";
import { createFivetranClient, type FivetranClient } from "./fivetran-client.ts";
import { type LockedConnector, lockedConnectors } from "./fivetran-lock.ts";
import { syncConnection } from "./fivetran-sync.ts";
import { groupFromDbAndSchema, tableAsset, tableProps } from "./fivetran-table.ts";
import { setupTestsSchedule, setupTestsStep } from "./setup-tests.ts";

const schema = Type.Object(
  {
    workspace: Type.Object(
      {
        account_id: Type.String({ minLength: 1, description: "The account's id." }),
        api_key: Type.String({ minLength: 1, description: "Key of the API." }),
        api_secret: Type.Optional(
          Type.String({ description: "Its secret; FIVETRAN_API_SECRET unless given." }),
        ),
        api_url: Type.Optional(
          Type.String({ description: "Address of the API; Fivetran's own unless given." }),
        ),
      },
      { additionalProperties: false, description: "The account and how to reach it." },
    ),
    translation: Type.Optional(
      translationSchema(
        assetAttributesSchema,
        "Asset fields for each table, evaluated with `props` (table, connector_id, name, service, group_id, database, connector_url) and `spec`.",
      ),
    ),
    connection_setup_tests_schedule: Type.Optional(
      Type.String({ description: "Cron text: when the setup tests of all connections run." }),
    ),
    excluded_connector_ids: Type.Optional(
      Type.Array(Type.String(), { description: "Connectors that become no assets." }),
    ),
    connector_schedules: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: "Cron texts by connector id; midnight unless given.",
      }),
    ),
    on_reschedule: Type.Union([Type.Literal("skip"), Type.Literal("wait"), Type.Literal("fail")], {
      default: "skip",
      description:
        "When Fivetran has put a sync off: `skip` reports the tables with the reason and goes on, `wait` waits and asks again, `fail` fails the step.",
    }),
    timeout_seconds: Type.Number({
      default: 14_400,
      exclusiveMinimum: 0,
      description: "How long to wait for a sync.",
    }),
  },
  {
    additionalProperties: false,
    description:
      "Tables that Fivetran writes, one asset each, from what `lock.yaml` says of the account. A run syncs their connector and waits for it.",
  },
);

const midnight = "0 0 * * *";

export class FivetranComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "FivetranComponent");
  }

  static override scope(_context: ScopeContext): { readonly [name: string]: unknown } {
    return { group_from_db_and_schema: groupFromDbAndSchema };
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const { excluded_connector_ids = [], connection_setup_tests_schedule: cron } = this.attributes;
    const secret = this.attributes.workspace.api_secret ?? context.env("FIVETRAN_API_SECRET") ?? "";
    if (secret === "") context.needsCredentials("FIVETRAN_API_SECRET");
    else if (context.lock === undefined) {
      context.needsLock("a lock.yaml that lists the account's connectors and tables");
    }
    const connectors = lockedConnectors(context).filter(({ id }) => !excluded_connector_ids.includes(id));
    const parts = connectors.map((connector) => this.#connectorDefinitions(context, connector));
    return {
      assets: parts.flatMap(({ assets }) => assets),
      steps: [
        ...parts.map(({ step }) => step),
        ...(cron === undefined ? [] : [setupTestsStep((signal) => this.#client(context, signal))]),
      ],
      resources: [this.#resource(context)],
      ...(cron === undefined ? {} : setupTestsSchedule(context, cron)),
      sensors: [
        {
          name: "fivetran_automation_sensor",
          kind: "automation",
          target: { selection: "key:fivetran/*" },
          minimumIntervalSeconds: 30,
          defaultStatus: "running",
          codeReferences: [context.codeReference()],
        },
      ],
    };
  }

  #connectorDefinitions(
    context: ComponentContext,
    connector: LockedConnector,
  ): { assets: readonly AssetSpec[]; step: StepDefinition } {
    const cron = this.attributes.connector_schedules?.[connector.id] ?? midnight;
    const automationCondition = automation.all_of(
      automation.cron_tick_passed(cron),
      automation.not_(automation.in_progress()),
    );
    const tables = new Map<AssetKey, string>();
    const assets = connector.tables.map((table): AssetSpec => {
      const base = tableAsset(context, connector, table);
      const translated = context.translate(this.attributes.translation, base, {
        props: tableProps(connector, table),
      });
      tables.set(translated.key, table);
      return { ...translated, automationCondition };
    });
    const step = stepOfAssets(assets, {
      name: `fivetran_${connector.name.replaceAll(/\W/g, "_")}_${connector.id.replaceAll(/\W/g, "_")}`,
      canSubset: true,
      run: (step) => this.#sync(context, { connector, tables }, step),
    });
    return { assets, step };
  }

  async #sync(
    context: ComponentContext,
    { connector, tables }: { connector: LockedConnector; tables: ReadonlyMap<AssetKey, string> },
    step: StepContext,
  ): Promise<void> {
    const client = this.#client(context, step.signal);
    const outcome = await syncConnection(client, connector.id, {
      onReschedule: this.attributes.on_reschedule,
      deadlineMs: this.attributes.timeout_seconds * 1000,
      pollMs: 10_000,
      signal: step.signal,
    });
    if (outcome.type === "paused") {
      step.log.warning(`the connection ${connector.id} (${connector.name}) is paused; nothing was synced`);
      return;
    }
    const enabled = outcome.type === "synced" ? await client.enabledTables(connector.id) : undefined;
    for (const asset of step.selectedAssets) {
      const table = tables.get(asset) as string;
      if (enabled !== undefined && !enabled.includes(table)) {
        step.log.warning(`the table ${table} of connection ${connector.id} is not synced any more`);
        continue;
      }
      step.materialized(asset, {
        metadata:
          outcome.type === "skipped"
            ? { connector_id: connector.id, skipped_reason: outcome.reason }
            : { connector_id: connector.id, succeeded_at: outcome.connection.succeeded_at },
      });
    }
  }

  #resource(context: ComponentContext): ResourceDefinition<FivetranClient> {
    const { account_id } = this.attributes.workspace;
    const opened = resource("fivetran", {
      type: "fivetran",
      description: "Client of Fivetran's REST API.",
      settings: { account_id: String(account_id) },
      create: () => this.#client(context),
    });
    return { ...opened, spec: { ...opened.spec, codeReferences: [context.codeReference(["workspace"])] } };
  }

  #client(context: ComponentContext, signal?: AbortSignal): FivetranClient {
    const { api_key, api_secret, api_url } = reveal(this.attributes.workspace);
    const apiSecret = api_secret ?? context.env("FIVETRAN_API_SECRET");
    if (apiSecret === undefined)
      throw new StepError("the variable FIVETRAN_API_SECRET is not set", { retry: "never" });
    return createFivetranClient({
      apiKey: api_key,
      apiSecret,
      ...(api_url === undefined ? {} : { baseUrl: api_url }),
      ...(signal === undefined ? {} : { signal }),
    });
  }
}
