import type { CodeReference } from "../core/asset.ts";
import { conditionText } from "../core/condition-text.ts";
import type {
  Asset,
  ComponentId,
  ComponentStatus,
  DefinitionsSnapshot,
} from "../core/definitions-snapshot.ts";
import type { Json } from "../core/metadata.ts";
import type { AssetView } from "../core/views.ts";
import { type GitCheckout, sourceUrl } from "./git-checkout.ts";

/** The assets as `dop list assets --json` and the API show them; with a checkout, code references have addresses. */
export function assetViews(
  { definitions, components }: DefinitionsSnapshot,
  checkout: GitCheckout | undefined,
): AssetView[] {
  const statuses = new Map(components.map((component) => [idText(component), component.status]));
  return definitions.assets.map((asset) => ({
    key: asset.key,
    deps: asset.deps,
    group: asset.groupName,
    kinds: asset.kinds,
    owners: asset.owners,
    tags: asset.tags,
    description: asset.description ?? null,
    metadata: plainMetadata(asset),
    automation_condition:
      asset.automationCondition === undefined ? null : conditionText(asset.automationCondition),
    freshness_policy: json(asset.freshnessPolicy),
    partitions: json(asset.partitions),
    materializable: asset.materializable,
    component: asset.component === undefined ? null : { ...asset.component },
    code_references: (asset.codeReferences ?? []).map((reference) => withUrl(reference, checkout)),
    status: statusOf(asset, statuses),
  }));
}

function statusOf({ component }: Asset, statuses: ReadonlyMap<string, ComponentStatus>): ComponentStatus {
  return (component === undefined ? undefined : statuses.get(idText(component))) ?? "ready";
}

function idText({ file, document }: ComponentId): string {
  return `${file}#${document}`;
}

function plainMetadata({ metadata }: Asset): { readonly [name: string]: Json } {
  return Object.fromEntries(Object.entries(metadata ?? {}).map(([name, { value }]) => [name, value as Json]));
}

function withUrl(reference: CodeReference, checkout: GitCheckout | undefined): CodeReference {
  const { file, line } = reference;
  const url = reference.url ?? (checkout === undefined ? undefined : sourceUrl(checkout, file, line));
  return url === undefined ? { file, line } : { file, line, url };
}

function json(value: unknown): Json {
  return (value ?? null) as Json;
}
