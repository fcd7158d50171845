import type { AssetKey, AssetSpec, CodeReference, ComponentContext } from "#platform";
import { nodeAsset, nodeKey, upstreamNodes } from "./dbt-assets.ts";
import type { LoadSettings } from "./load-settings.ts";
import type { DbtManifest, DbtNode } from "./manifest.ts";
import { metaAttributes, nodeMeta, writtenKey } from "./node-meta.ts";
import { semanticAsset, semanticKeys, semanticTypes, semanticUpstream } from "./semantic-assets.ts";

type Settings = Pick<LoadSettings, "project" | "translation">;

interface TranslatedNode {
  /** By the node alone. */
  readonly own: AssetSpec;
  readonly spec: AssetSpec;
}

/** The specs of one component's nodes, each made once: by the node, then by its meta, then by the translation. */
export class NodeSpecs {
  readonly #context: ComponentContext;
  readonly #settings: Settings;
  readonly #manifest: DbtManifest;
  readonly #specs = new Map<string, TranslatedNode>();
  #semanticKeys: ReadonlyMap<string, AssetKey> | undefined;
  /** Folder of each package, relative to the component file; `undefined` where its files are not here. */
  readonly #folders = new Map<string, string | undefined>();

  constructor(context: ComponentContext, settings: Settings, manifest: DbtManifest) {
    this.#context = context;
    this.#settings = settings;
    this.#manifest = manifest;
  }

  specOf(node: DbtNode): AssetSpec {
    const { own, spec } = this.#translated(node);
    return { ...spec, deps: this.#depsOf(node, { own, spec }) };
  }

  /** The key that other assets know a node by; sources that are another component's asset keep theirs. */
  keyOf(node: DbtNode): AssetKey {
    const isOther = node.resource_type === "source" && writtenKey(node) !== undefined;
    return isOther ? nodeKey(node) : this.#translated(node).spec.key;
  }

  codeReferences({ package_name, original_file_path: file = "" }: DbtNode): CodeReference[] {
    const folder = this.#folderOf(package_name);
    return folder === undefined || file === "" ? [] : [this.#context.fileReference(`${folder}/${file}`)];
  }

  #translated(node: DbtNode): TranslatedNode {
    const known = this.#specs.get(node.unique_id);
    if (known !== undefined) return known;
    const own = this.#ownSpec(node);
    const base = { ...own, codeReferences: [this.#context.codeReference(), ...this.codeReferences(node)] };
    const told = this.#withMeta(node, base);
    const spec = this.#context.translate(this.#settings.translation, told, { node });
    const made = { own, spec };
    this.#specs.set(node.unique_id, made);
    return made;
  }

  #ownSpec(node: DbtNode): AssetSpec {
    if (!isSemantic(node)) return nodeAsset(node, this.#manifest);
    this.#semanticKeys ??= semanticKeys(this.#manifest);
    const key = this.#semanticKeys.get(node.unique_id);
    const spec = semanticAsset(node, this.#manifest);
    return key === undefined ? spec : { ...spec, key };
  }

  #folderOf(name: string): string | undefined {
    if (!this.#folders.has(name)) {
      const { project } = this.#settings;
      const folder = name === this.#manifest.projectName ? project : `${project}/dbt_packages/${name}`;
      this.#folders.set(name, this.#context.exists(`${folder}/dbt_project.yml`) ? folder : undefined);
    }
    return this.#folders.get(name);
  }

  #withMeta(node: DbtNode, base: AssetSpec): AssetSpec {
    const attributes = metaAttributes(node);
    if (Object.keys(attributes).length === 0) return base;
    return this.#context.translate(
      attributes,
      base,
      { node },
      {
        path: ["project"],
        words: `the meta of ${node.unique_id}`,
      },
    );
  }

  /** Keys of upstream nodes are those that their own translation gave them, unless meta or translation name others. */
  #depsOf(node: DbtNode, { own, spec }: { own: AssetSpec; spec: AssetSpec }): readonly AssetKey[] {
    if (node.resource_type === "source") return [];
    const isNamed = spec.deps !== own.deps;
    const deps = isNamed
      ? ((spec.deps ?? []) as readonly AssetKey[])
      : this.#upstreamOf(node).map((upstream) => this.keyOf(upstream));
    const dependsOnItself =
      nodeMeta(node)["has_self_dependency"] === true && spec.partitionMappings?.[spec.key] !== undefined;
    return [...new Set(dependsOnItself ? [...deps, spec.key] : deps)];
  }

  #upstreamOf(node: DbtNode): DbtNode[] {
    return isSemantic(node) ? semanticUpstream(node, this.#manifest) : upstreamNodes(node, this.#manifest);
  }
}

function isSemantic(node: DbtNode): boolean {
  return semanticTypes.some((type) => type === node.resource_type);
}
