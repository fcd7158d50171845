import { plainMetadata } from "../core/asset-fields.ts";
import { conditionText } from "../core/condition-text.ts";
import type {
  Asset,
  ComponentId,
  ComponentStatus,
  DefinitionsSnapshot,
} from "../core/definitions-snapshot.ts";
import type { Json } from "../core/metadata.ts";
import type { AssetView } from "../core/views.ts";
import { codeReferenceUrl, type LinkSource } from "./code-reference-url.ts";
import { freshnessJson, partitionsJson } from "./definition-json.ts";

/** One asset as lists and the API show it, without what is remembered of it; `links` give its code references addresses. */
export function assetView(
  asset: Asset,
  snapshot: Pick<DefinitionsSnapshot, "components">,
  links: LinkSource = {},
): AssetView {
  const { component, freshnessPolicy, partitions } = asset;
  return {
    key: asset.key,
    deps: asset.deps,
    group: asset.groupName,
    kinds: asset.kinds,
    owners: asset.owners,
    tags: asset.tags,
    description: asset.description ?? null,
    metadata: plainMetadata(asset.metadata ?? {}) as { readonly [name: string]: Json },
    automation_condition:
      asset.automationCondition === undefined ? null : conditionText(asset.automationCondition),
    freshness_policy: freshnessPolicy === undefined ? null : freshnessJson(freshnessPolicy),
    partitions: partitions === undefined ? null : partitionsJson(partitions),
    materializable: asset.materializable,
    component:
      component === undefined
        ? null
        : { file: component.file, document: component.document, type: component.type },
    code_references: (asset.codeReferences ?? []).map((reference) => {
      const { file, line } = reference;
      const url = reference.url ?? codeReferenceUrl(links, reference);
      return { file, line, ...(url === undefined ? {} : { url }) };
    }),
    status: statusOf(component, snapshot),
    staleness: null,
    health: null,
  };
}

/** The views of all assets of a snapshot, in the order of keys. */
export function assetViews(snapshot: DefinitionsSnapshot, links: LinkSource = {}): AssetView[] {
  return snapshot.definitions.assets.map((asset) => assetView(asset, snapshot, links));
}

const statuses = new WeakMap<DefinitionsSnapshot["components"], ReadonlyMap<string, ComponentStatus>>();

/** An external asset that no component defines is ready: nothing of ours can fail to load. */
function statusOf(
  component: ComponentId | undefined,
  { components }: Pick<DefinitionsSnapshot, "components">,
): ComponentStatus {
  if (component === undefined) return "ready";
  let known = statuses.get(components);
  if (known === undefined) {
    known = new Map(components.map(({ file, document, status }) => [`${file}#${document}`, status]));
    statuses.set(components, known);
  }
  return known.get(`${component.file}#${component.document}`) ?? "ready";
}
