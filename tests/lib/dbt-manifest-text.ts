import { type DbtManifest, parseManifest } from "../../lib/dbt/manifest.ts";

/** Nodes by id, with the fields that matter; the rest follows from the id. */
export type WrittenNodes = { readonly [id: string]: { readonly [field: string]: unknown } };

/** A manifest of the project `shop`: `model.shop.orders` is `models/orders.sql` unless it says otherwise. */
export function manifestText(
  nodes: WrittenNodes,
  { version = "1.11.2", ...others }: { readonly version?: string; readonly [table: string]: unknown } = {},
): string {
  const tables: { [table: string]: { [id: string]: object } } = { nodes: {} };
  for (const [id, written] of Object.entries(nodes)) {
    const [type, packageName, ...rest] = id.split(".") as [string, string, ...string[]];
    const name = rest.at(-1) as string;
    const table = tableOf[type] ?? "nodes";
    const parents = (written["parents"] ?? []) as readonly string[];
    tables[table] = tables[table] ?? {};
    tables[table][id] = {
      unique_id: id,
      resource_type: type,
      name,
      package_name: packageName,
      fqn: [packageName, ...rest],
      original_file_path: `models/${rest.join("/")}.sql`,
      ...(table === "nodes" ? { raw_code: "select 1" } : {}),
      config: { enabled: true },
      unrendered_config: {},
      depends_on: { macros: [], nodes: parents },
      ...written,
    };
  }
  return JSON.stringify({
    metadata: {
      dbt_schema_version: "https://schemas.getdbt.com/dbt/manifest/v12.json",
      dbt_version: version,
      project_name: "shop",
      adapter_type: "duckdb",
    },
    ...tables,
    ...others,
  });
}

export function manifestOf(...written: Parameters<typeof manifestText>): DbtManifest {
  const manifest = parseManifest(manifestText(...written));
  if ("reason" in manifest) throw new Error(manifest.reason);
  return manifest;
}

const tableOf: { readonly [type: string]: string } = {
  source: "sources",
  exposure: "exposures",
  metric: "metrics",
  unit_test: "unit_tests",
  semantic_model: "semantic_models",
  saved_query: "saved_queries",
  function: "functions",
};
