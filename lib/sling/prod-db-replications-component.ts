import {
  type AssetCheckSpec,
  type AssetKey,
  type AssetSpec,
  assetKey,
  assetKeyParts,
  automation,
  Component,
  type ComponentContext,
  type Definitions,
  durationAttribute,
  isReference,
  type SensorSpec,
  type Static,
  type StepDefinition,
  Type,
} from "#platform";
import { exampleOf } from "../example.ts";
import { type StreamDefinition, streamsOf } from "./replication.ts";
import {
  configFolderAttribute,
  keyPrefixAttribute,
  prefixed,
  readReplication,
} from "./replication-folder.ts";
import { replicationStep } from "./replication-step.ts";
import { askForConnections } from "./sling-connections.ts";
import { streamAsset } from "./stream-asset.ts";

const replicationSchema = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      description: "Name of its files, `<config_dir>/<shard>/<name>.yaml`.",
    }),
    shards: Type.Array(Type.String({ minLength: 1 }), {
      description: "Shards of the database that have such a file.",
    }),
    cron_schedule: Type.String({
      default: "*/5 * * * *",
      description: "Cron text: when the tables are copied.",
    }),
    last_update_freshness_check: Type.Optional(durationAttribute),
    asset_key_prefix: keyPrefixAttribute,
  },
  { additionalProperties: false, description: "The same tables of several shards." },
);

const schema = Type.Object(
  {
    config_dir: configFolderAttribute,
    replications: Type.Array(replicationSchema, { description: "What is copied." }),
    connections: Type.Optional(
      Type.Record(Type.String(), Type.Record(Type.String(), Type.Any()), {
        description: "Connections by the names that replications use; variables of these names unless given.",
      }),
    ),
  },
  {
    additionalProperties: false,
    description: "Copies a sharded production database with Sling, shard by shard.",
  },
);

type ReplicationAttributes = Static<typeof replicationSchema>;

interface ShardParts {
  readonly assets: readonly AssetSpec[];
  readonly upstream: readonly AssetSpec[];
  readonly checks: readonly AssetCheckSpec[];
  readonly step: StepDefinition;
}

export class ProdDbReplicationsComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "ProdDbReplicationsComponent");
  }

  override requiredTools(): readonly string[] {
    return ["sling"];
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const { replications } = this.attributes;
    const parts = replications.flatMap((replication, index) =>
      replication.shards.map((shard) =>
        this.#shard(context, replication, { shard, place: ["replications", index] }),
      ),
    );
    const checks = parts.flatMap((part) => part.checks);
    return {
      assets: [...parts.flatMap((part) => part.assets), ...onceEach(parts.flatMap((part) => part.upstream))],
      checks,
      steps: parts.map((part) => part.step),
      sensors: checks.length === 0 ? [] : [freshnessSensor(context, checks)],
    };
  }

  #shard(
    context: ComponentContext,
    attributes: ReplicationAttributes,
    { shard, place }: { shard: string; place: readonly (string | number)[] },
  ): ShardParts {
    const { name, cron_schedule, last_update_freshness_check } = attributes;
    const file = `${this.attributes.config_dir}/${shard}/${name}.yaml`;
    const replication = readReplication(context, file);
    const { connections = {} } = this.attributes;
    askForConnections(context, replication, connections);
    const codeReferences = [context.codeReference(place), context.fileReference(file)];
    const streams = new Map<AssetKey, string>();
    const assets = streamsOf(replication).map((stream): AssetSpec => {
      const spec = { ...shardAsset(stream, attributes, shard), codeReferences };
      streams.set(spec.key, stream.name);
      return {
        ...spec,
        automationCondition: automation.all_of(
          automation.cron_tick_passed(cron_schedule),
          automation.not_(automation.in_progress()),
        ),
      };
    });
    const step = replicationStep(context, {
      name: shard === "main" ? `cloud_product_${name}` : `cloud_product_${shard}_${name}`,
      specs: assets,
      streams,
      replication,
      connections,
      includeMetadata: ["column_metadata", "row_count"],
    });
    const upstream = assets.flatMap(({ deps = [] }) =>
      deps.flatMap((dep) => (isReference(dep) ? [] : [dep])),
    );
    return {
      assets,
      upstream: upstream.map((key) => ({ key, groupName: `postgres_${shard}`, codeReferences })),
      checks:
        last_update_freshness_check === undefined
          ? []
          : assets.map(({ key }) => freshnessCheck(key, last_update_freshness_check, codeReferences)),
      step,
    };
  }
}

/** The stream's usual asset in the shard's group, behind the first of its usual deps below the shard's name. */
function shardAsset(
  stream: StreamDefinition,
  { asset_key_prefix }: ReplicationAttributes,
  shard: string,
): AssetSpec {
  const base = streamAsset(stream);
  const key = prefixed(asset_key_prefix, base.key);
  const [first] = base.deps ?? [];
  const upstream = first === undefined || isReference(first) ? [] : assetKeyParts(first);
  return {
    ...base,
    key,
    deps: [prefixed(asset_key_prefix, assetKey(shard, ...upstream))],
    groupName: `cloud_product_${shard}`,
    kinds: ["snowflake", "sling"],
    metadata: {
      ...base.metadata,
      "dagster/table_name": { type: "text", value: assetKeyParts(key).join(".") },
    },
  };
}

/** Evaluated over the recorded materializations, so no step runs it. */
function freshnessCheck(
  asset: AssetKey,
  seconds: number,
  codeReferences: AssetSpec["codeReferences"] & object,
): AssetCheckSpec {
  return {
    name: "freshness_check",
    asset,
    description: "Whether the table was copied recently enough.",
    metadata: { check: { type: "json", value: { type: "freshness", max_age: seconds } } },
    codeReferences,
  };
}

function freshnessSensor(context: ComponentContext, checks: readonly AssetCheckSpec[]): SensorSpec {
  const keys = checks.flatMap(({ asset }) => (isReference(asset) ? [] : [`key:"${asset}"`]));
  return {
    name: "freshness_checks_sensor",
    kind: "automation",
    target: { selection: keys.join(" or ") },
    minimumIntervalSeconds: 30,
    defaultStatus: "stopped",
    settings: { evaluates: "freshness_checks" },
    codeReferences: [context.codeReference()],
  };
}

function onceEach(specs: readonly AssetSpec[]): AssetSpec[] {
  return [...new Map(specs.map((spec) => [spec.key, spec])).values()];
}
