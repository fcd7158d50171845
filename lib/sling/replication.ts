import { type Static, Type } from "#platform";

const streamSchema = Type.Record(Type.String(), Type.Any());

/** A Sling replication file, as far as dop must know it; Sling itself judges the rest. */
export const replicationSchema = Type.Object(
  {
    source: Type.String({ minLength: 1, description: "Name of the source connection." }),
    target: Type.String({ minLength: 1, description: "Name of the target connection." }),
    defaults: Type.Optional(streamSchema),
    streams: Type.Record(Type.String(), Type.Union([streamSchema, Type.Null()]), {
      description: "The streams by name.",
    }),
  },
  { additionalProperties: true },
);

export type Replication = Static<typeof replicationSchema>;

/** A stream with its settings as written, `meta.dagster` of the defaults merged into its own. */
export interface StreamDefinition {
  readonly name: string;
  readonly config: { readonly [name: string]: unknown };
}

/** The streams that are not disabled, in the order of the file. */
export function streamsOf(replication: Replication): StreamDefinition[] {
  const shared = dagsterMeta(replication.defaults ?? {});
  return Object.entries(replication.streams).flatMap(([name, written]) => {
    const config = written ?? {};
    if (config["disabled"] === true) return [];
    const meta = { ...shared, ...dagsterMeta(config) };
    if (Object.keys(meta).length === 0) return [{ name, config }];
    return [
      { name, config: { ...config, meta: { ...(config["meta"] as object | undefined), dagster: meta } } },
    ];
  });
}

/** What a stream says of its asset under `meta.dagster`. */
export function dagsterMeta(config: { readonly [name: string]: unknown }): {
  readonly [name: string]: unknown;
} {
  const meta = config["meta"];
  const dagster =
    typeof meta === "object" && meta !== null ? (meta as { dagster?: unknown }).dagster : undefined;
  return typeof dagster === "object" && dagster !== null
    ? (dagster as { readonly [name: string]: unknown })
    : {};
}

/** The parts of a stream's or object's name as parts of an asset key: lower case, letters, digits and `_` alone. */
export function nameParts(name: string): string[] {
  return sanitized(name)
    .split(".")
    .filter((part) => part !== "");
}

/** Lower case, quotes left out, anything but letters, digits, `_` and `.` replaced by `_`. */
export function sanitized(name: string): string {
  return name
    .replaceAll('"', "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.]/g, "_");
}
