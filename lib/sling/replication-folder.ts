import { type AssetKey, type ComponentContext, prefixAssetKey, Type } from "#platform";
import { type Replication, replicationSchema } from "./replication.ts";

/** The folder of replication files of a class that finds them by name. */
export const configFolderAttribute = Type.String({
  minLength: 1,
  description: "Folder of the replication files, relative to the component file.",
});

export const keyPrefixAttribute = Type.Optional(
  Type.Union([Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })], {
    description: "Put in front of every asset key.",
  }),
);

/** A replication file that must be there. Throws ProblemError where it is not, or is no replication. */
export function readReplication(context: ComponentContext, file: string): Replication {
  return context.readYaml(file, replicationSchema);
}

export function prefixed(prefix: string | readonly string[] | undefined, key: AssetKey): AssetKey {
  if (prefix === undefined) return key;
  return prefixAssetKey(typeof prefix === "string" ? prefix.split("/") : prefix, key);
}
