import { type AssetSpec, type ComponentContext, isPlainObject, parseAssetKey } from "#platform";
import type { LockedConnector } from "./fivetran-lock.ts";

/** The template function of this name: `fivetran_` and the parts of the table's name but the last. */
export function groupFromDbAndSchema(props: unknown): string {
  const table = isPlainObject(props) ? String(props["table"]) : "";
  return `fivetran_${table.split(".").slice(0, -1).join("_")}`;
}

/** What a translation may name of a table. */
export function tableProps(connector: LockedConnector, table: string): Record<string, unknown> {
  return {
    table,
    connector_id: connector.id,
    name: connector.name,
    service: connector.service,
    group_id: connector.group_id,
    database: connector.destination?.database ?? null,
    destination_service: connector.destination?.service ?? null,
    connector_url: `https://fivetran.com/dashboard/connectors/${connector.id}`,
  };
}

/** The asset of a table before any translation: its name, with its parts as those of the key. */
export function tableAsset(context: ComponentContext, connector: LockedConnector, table: string): AssetSpec {
  const { database, service } = connector.destination ?? {};
  const parsed = parseAssetKey(table.replaceAll(".", "/"));
  if ("reason" in parsed) throw new RangeError(`${parsed.reason}: ${JSON.stringify(table)}`);
  return {
    key: parsed.key,
    kinds: ["fivetran", ...(service === undefined ? [] : [service])],
    skippable: true,
    metadata: {
      connector_id: { type: "text", value: connector.id },
      connector_name: { type: "text", value: connector.name },
      connector_url: { type: "url", value: String(tableProps(connector, table)["connector_url"]) },
      table_name: { type: "text", value: [...(database === undefined ? [] : [database]), table].join(".") },
    },
    codeReferences: [context.codeReference()],
  };
}
