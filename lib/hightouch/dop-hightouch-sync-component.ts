import {
  type AssetSpec,
  assetSpecSchema,
  Component,
  type ComponentContext,
  type Definitions,
  type Json,
  type RawMetadata,
  type ScopeContext,
  type StepContext,
  StepError,
  Type,
} from "#platform";
import { dbtAssetKey } from "../environment/environment-names.ts";
import { exampleOf } from "../example.ts";
import { stepOfAssets } from "../step-of-assets.ts";
import { createHightouchClient, type HightouchClient, type HightouchRun } from "./hightouch-client.ts";

const schema = Type.Object(
  {
    asset: assetSpecSchema,
    sync_id_env_var: Type.String({
      minLength: 1,
      description: "Name of the variable that holds the id of the sync; read when the step runs.",
    }),
    fail_on_warning: Type.Optional(
      Type.Boolean({
        description: "Whether a sync that ends with warnings fails the step; it does not unless given.",
      }),
    ),
    timeout_seconds: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: "How long to wait for the sync; an hour unless given.",
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      "Runs a Hightouch sync and waits for it. The API's token is read from HIGHTOUCH_API_KEY; HIGHTOUCH_API_URL names another address.",
  },
);

const tokenVariable = "HIGHTOUCH_API_KEY";

export class DopHightouchSyncComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "DopHightouchSyncComponent");
  }

  static override scope(_context: ScopeContext): { readonly [name: string]: unknown } {
    return { dbt_asset_key: dbtAssetKey };
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const asset: AssetSpec = context.assetSpec(this.attributes.asset);
    for (const variable of [tokenVariable, this.attributes.sync_id_env_var]) {
      if ((context.env(variable) ?? "") === "") context.needsCredentials(variable);
    }
    const step = stepOfAssets([asset], {
      name: `hightouch_sync_${asset.key.replaceAll("/", "_")}`,
      run: (step) => this.#run(context, asset, step),
    });
    return { assets: [asset], steps: [step] };
  }

  async #run(context: ComponentContext, asset: AssetSpec, step: StepContext): Promise<void> {
    const { sync_id_env_var, fail_on_warning = false, timeout_seconds = 3600 } = this.attributes;
    const syncId = requiredValue(context, sync_id_env_var);
    const baseUrl = context.env("HIGHTOUCH_API_URL");
    const client = createHightouchClient({
      token: requiredValue(context, tokenVariable),
      signal: step.signal,
      ...(baseUrl === undefined ? {} : { baseUrl }),
    });
    const sync = await client.sync(syncId);
    const runId = await client.trigger(syncId);
    step.log.info(`started run ${runId} of Hightouch sync ${syncId}`);
    const run = await waitForRun(client, syncId, { runId, deadlineMs: timeout_seconds * 1000 });
    const metadata = await describeRun(client, sync, run);
    const done = run.status === "success" || (run.status === "warning" && !fail_on_warning);
    if (!done) {
      step.addMetadata(asset.key, metadata);
      throw new StepError(`Hightouch sync ${syncId} ended as ${run.status}${errorIn(run)}`, {
        retry: "later",
      });
    }
    step.materialized(asset.key, { metadata });
  }
}

function requiredValue(context: ComponentContext, variable: string): string {
  const value = context.env(variable);
  if (value === undefined || value === "")
    throw new StepError(`the variable ${variable} is not set`, { retry: "never" });
  return value;
}

async function waitForRun(
  client: HightouchClient,
  syncId: string,
  { runId, deadlineMs }: { runId: string; deadlineMs: number },
): Promise<HightouchRun> {
  try {
    return await client.waitForRun(syncId, runId, { deadlineMs });
  } catch (error) {
    if (error instanceof DOMException && error.name === "TimeoutError") {
      throw new StepError(error.message, { retry: "later", cause: error });
    }
    throw error;
  }
}

async function describeRun(
  client: HightouchClient,
  sync: Record<string, unknown>,
  run: HightouchRun,
): Promise<RawMetadata> {
  const { destinationId } = sync;
  const destination =
    destinationId === undefined ? undefined : await client.destination(String(destinationId));
  return {
    sync_details: json(sync),
    sync_run_details: json(run),
    ...(destination === undefined ? {} : { destination_details: json(destination) }),
    query_size: run.querySize ?? null,
    completion_ratio: run.completionRatio ?? null,
    failed_rows: run.failedRows?.addedCount ?? null,
  };
}

function json(value: object): { readonly type: "json"; readonly value: Json } {
  return { type: "json", value: value as Json };
}

function errorIn(run: HightouchRun): string {
  return typeof run.error === "string" && run.error !== "" ? `: ${run.error}` : "";
}
