import {
  type AssetKey,
  type AssetSpec,
  assetAttributesSchema,
  Component,
  type ComponentContext,
  type Definitions,
  opSpecSchema,
  type StepDefinition,
  Type,
  translationSchema,
} from "#platform";
import { exampleOf } from "../example.ts";
import { replicationSchema, streamsOf } from "./replication.ts";
import { replicationStep } from "./replication-step.ts";
import { askForConnections } from "./sling-connections.ts";
import { streamAsset } from "./stream-asset.ts";

const connectionSchema = Type.Object(
  {
    type: Type.String({ minLength: 1, description: "Sling's name of the system, such as `postgres`." }),
    connection_string: Type.Optional(
      Type.String({ description: "Address with everything in it, as `url`." }),
    ),
  },
  { additionalProperties: true, description: "Properties of the connection as Sling knows them." },
);

const replicationItemSchema = Type.Object(
  {
    path: Type.String({ minLength: 1, description: "The replication file, relative to the component file." }),
    translation: Type.Optional(
      translationSchema(
        assetAttributesSchema,
        "Asset fields for each stream, evaluated with `stream_definition` (name, config) and `spec`.",
      ),
    ),
    op: Type.Optional(opSpecSchema),
    include_metadata: Type.Optional(
      Type.Array(Type.Union([Type.Literal("row_count"), Type.Literal("column_metadata")]), {
        description: "What the target is asked about each table that was written.",
      }),
    ),
  },
  {
    additionalProperties: false,
    description: "One replication file; all of its chosen streams run in one call of Sling.",
  },
);

const schema = Type.Object(
  {
    connections: Type.Optional(
      Type.Record(Type.String(), connectionSchema, {
        description: "Connections by the names that replications use.",
      }),
    ),
    replications: Type.Array(replicationItemSchema, { minItems: 1, description: "The replication files." }),
  },
  {
    additionalProperties: false,
    description: "Copies tables and files with Sling: each stream becomes one asset.",
  },
);

export class SlingReplicationCollectionComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "SlingReplicationCollectionComponent");
  }

  override requiredTools(): readonly string[] {
    return ["sling"];
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const parts = this.attributes.replications.map((_, index) => this.#replication(context, index));
    return { assets: parts.flatMap(({ assets }) => assets), steps: parts.map(({ step }) => step) };
  }

  #replication(context: ComponentContext, index: number): { assets: AssetSpec[]; step: StepDefinition } {
    const {
      path,
      translation,
      op,
      include_metadata = [],
    } = this.attributes.replications[index] as (typeof this.attributes.replications)[number];
    const replication = context.readYaml(path, replicationSchema);
    const { connections = {} } = this.attributes;
    askForConnections(context, replication, connections);
    const streams = new Map<AssetKey, string>();
    const assets = streamsOf(replication).map((stream): AssetSpec => {
      const base = {
        ...streamAsset(stream),
        codeReferences: [context.codeReference(["replications", index]), context.fileReference(path)],
      };
      const spec = context.translate(translation, base, { stream_definition: stream });
      streams.set(spec.key, stream.name);
      return spec;
    });
    const step = replicationStep(context, {
      name: op?.name ?? `${context.name}.${stem(path)}`,
      pool: op?.pool,
      specs: assets,
      streams,
      replication,
      connections,
      includeMetadata: include_metadata,
    });
    return { assets, step };
  }
}

function stem(path: string): string {
  const file = path.split("/").at(-1) as string;
  return file.replace(/(\.replication)?\.(ya?ml|json)$/, "");
}
