import type { AssetKey } from "../core/asset-key.ts";
import type { ComponentId } from "../core/definitions-snapshot.ts";
import { type Reference, reference } from "../core/reference.ts";
import type { Component } from "../define/component.ts";
import { exposeTable, type ScopeObject, templateFunction } from "../template/scope.ts";
import { templateValue } from "./template-value.ts";

/** Another component as `context.load_component` gives it to templates and attributes. */
export interface ExposedComponent extends ScopeObject {
  readonly id: ComponentId;
  readonly folder: string;
  /** The component itself; building it anew gives equal definitions. */
  readonly component: Component;
}

export function exposeComponent(
  id: ComponentId,
  folder: string,
  component: Component,
  assetKeys: () => readonly AssetKey[],
): ExposedComponent {
  const own = component.exposed?.() ?? {};
  const names = new Map<string, unknown>([
    ["asset_keys", templateFunction(() => [...assetKeys()], { params: [] })],
    [
      "asset_key_for_model",
      templateFunction((model: string): Reference => reference("dbt_model", model), {
        params: ["model_name"],
      }),
    ],
    ["attributes", templateValue(component.attributes)],
    ...Object.entries(own).map(([name, value]) => [name, templateValue(value)] as const),
  ]);
  const table = exposeTable({
    name: `${id.type} at ${folder}`,
    names: () => names.keys(),
    read: (name) => names.get(name),
  });
  return Object.freeze({ ...table, id, folder, component, toString: () => `${id.type}@${folder}` });
}

export function isExposedComponent(value: unknown): value is ExposedComponent {
  return (
    typeof value === "object" && value !== null && "component" in value && "folder" in value && "id" in value
  );
}
