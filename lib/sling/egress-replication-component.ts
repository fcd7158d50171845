import {
  type AssetKey,
  type AssetSpec,
  assetKeyAttribute,
  Component,
  type ComponentContext,
  type Definitions,
  type ScopeContext,
  type StepDefinition,
  Type,
} from "#platform";
import { dbtAssetKey } from "../environment/environment-names.ts";
import { exampleOf } from "../example.ts";
import { streamsOf } from "./replication.ts";
import {
  configFolderAttribute,
  keyPrefixAttribute,
  prefixed,
  readReplication,
} from "./replication-folder.ts";
import { replicationStep } from "./replication-step.ts";
import { askForConnections } from "./sling-connections.ts";
import { streamAsset } from "./stream-asset.ts";

const schema = Type.Object(
  {
    config_dir: configFolderAttribute,
    replications: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1, description: "Name of its file, `<config_dir>/<name>.yaml`." }),
          deps: Type.Array(assetKeyAttribute, { description: "Assets that are written out." }),
          asset_key_prefix: keyPrefixAttribute,
        },
        { additionalProperties: false, description: "One replication file." },
      ),
      { description: "What is written out." },
    ),
    connections: Type.Optional(
      Type.Record(Type.String(), Type.Record(Type.String(), Type.Any()), {
        description: "Connections by the names that replications use; variables of these names unless given.",
      }),
    ),
  },
  { additionalProperties: false, description: "Writes tables of the warehouse to other systems with Sling." },
);

export class EgressReplicationComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "EgressReplicationComponent");
  }

  static override scope(_context: ScopeContext): { readonly [name: string]: unknown } {
    return { dbt_asset_key: dbtAssetKey };
  }

  override requiredTools(): readonly string[] {
    return ["sling"];
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const parts = this.attributes.replications.map((_, index) => this.#replication(context, index));
    return { assets: parts.flatMap(({ assets }) => assets), steps: parts.map(({ step }) => step) };
  }

  #replication(context: ComponentContext, index: number): { assets: AssetSpec[]; step: StepDefinition } {
    const { config_dir, replications, connections = {} } = this.attributes;
    const { name, deps, asset_key_prefix } = replications[index] as (typeof replications)[number];
    const file = `${config_dir}/${name}.yaml`;
    const replication = readReplication(context, file);
    askForConnections(context, replication, connections);
    const streams = new Map<AssetKey, string>();
    const assets = streamsOf(replication).map((stream): AssetSpec => {
      const base = streamAsset(stream);
      const key = prefixed(asset_key_prefix, base.key);
      streams.set(key, stream.name);
      const codeReferences = [context.codeReference(["replications", index]), context.fileReference(file)];
      return { ...base, key, deps, groupName: "sling_egress", codeReferences };
    });
    const step = replicationStep(context, {
      name: `${context.name}.${name}`,
      specs: assets,
      streams,
      replication,
      connections,
      includeMetadata: [],
    });
    return { assets, step };
  }
}
