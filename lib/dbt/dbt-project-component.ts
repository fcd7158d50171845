import { existsSync, readFileSync } from "node:fs";
import {
  type AssetKey,
  type AssetSpec,
  assetAttributesSchema,
  Component,
  type ComponentContext,
  type Definitions,
  deferred,
  opSpecSchema,
  reveal,
  type StepContext,
  Type,
  translationSchema,
} from "#platform";
import { exampleOf } from "../example.ts";
import { runNames, sampleRunNames } from "../run-names.ts";
import { stepOfAssets } from "../step-of-assets.ts";
import { nodeAsset, nodeKey, upstreamNodes } from "./dbt-assets.ts";
import { checksOf } from "./dbt-checks.ts";
import { duckDbPools } from "./duckdb-pools.ts";
import { type DbtManifest, type DbtNode, dagsterMeta, isBuilt, parseManifest } from "./manifest.ts";
import { type DbtProject, type DbtTargets, runDbt } from "./run-dbt.ts";
import { NodeSelectionError, selectNodes } from "./select-nodes.ts";

const schema = Type.Object(
  {
    project: Type.String({
      minLength: 1,
      description: "Folder of the dbt project, relative to the component file.",
    }),
    manifest: Type.Optional(
      Type.String({
        description: "The project's manifest; `target/manifest.json` of the project unless given.",
      }),
    ),
    select: Type.String({
      default: "fqn:*",
      description:
        "Which nodes, as for `dbt --select`: names, `tag:`, `path:`, `fqn:` and others, with `+`, `@`, blanks and commas.",
    }),
    exclude: Type.String({ default: "", description: "Which of them not, as for `dbt --exclude`." }),
    tests: Type.Union([Type.Literal("after_each"), Type.Literal("none")], {
      default: "after_each",
      description:
        "`after_each`: tests are checks and run with their model. `none`: there are no checks and no test runs.",
    }),
    sources: Type.Union([Type.Literal("external"), Type.Literal("deps")], {
      default: "external",
      description:
        "`external`: sources are listed as assets, unless `meta.dagster.asset_key` says which asset one is. `deps`: they are only named as deps.",
    }),
    translation: Type.Optional(
      translationSchema(
        assetAttributesSchema,
        "Asset fields for each node, evaluated with `node` (as in the manifest) and `spec`.",
      ),
    ),
    target: Type.Optional(Type.String({ description: "Target of the profile." })),
    profile: Type.Optional(
      Type.String({ description: "Name of the profile; the project's own unless given." }),
    ),
    profiles_dir: Type.Optional(
      Type.String({ description: "Folder of profiles.yml; the project's, if it has one, unless given." }),
    ),
    vars: Type.Optional(
      deferred(
        Type.Record(Type.String(), Type.Any(), {
          description:
            "Variables of dbt. Their templates are evaluated when the step runs and may name `partition.key` and `window.start`.",
        }),
      ),
    ),
    full_refresh: Type.Boolean({ default: false, description: "Whether incremental models are built anew." }),
    env: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: "Variables added to dbt's environment." }),
    ),
    op: Type.Optional(opSpecSchema),
  },
  {
    additionalProperties: false,
    description:
      "Models, seeds and snapshots of a dbt project as assets, its tests as checks. A run is one `dbt build`.",
  },
);

export class DbtProjectComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "DbtProjectComponent");
  }

  override requiredTools(): readonly string[] {
    return ["dbt"];
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const manifest = this.#manifest(context);
    const chosen = manifest === undefined ? undefined : this.#selected(context, manifest);
    if (manifest === undefined || chosen === undefined) return {};
    if (this.attributes.vars !== undefined) context.evaluate(this.attributes.vars, sampleRunNames([]));
    const nodes = [...chosen].map((id) => manifest.nodes.get(id) as DbtNode);
    const keys = new Map<string, AssetKey>();
    const translate = (node: DbtNode): AssetSpec => this.#translated(context, { node, manifest, keys });
    const built = nodes.filter(isBuilt).map((node) => ({ node, spec: translate(node) }));
    const sources = new Map(
      built
        .flatMap(({ node }) => upstreamNodes(node, manifest))
        .filter(isListedSource)
        .map((node) => [node.unique_id, node]),
    );
    const external = this.attributes.sources === "external" ? [...sources.values()].map(translate) : [];
    // Keys of upstream nodes are those that their own translation gave them.
    const assets = built.map(({ node, spec }) =>
      withTranslatedDeps(spec, node, { manifest, keys, context, translate }),
    );
    const checks = this.attributes.tests === "none" ? [] : checksOf(context, nodes, { manifest, keys });
    const targets: DbtTargets = {
      assets: new Map(built.map(({ node }, index) => [(assets[index] as AssetSpec).key, node])),
      checks: new Map(checks.map(({ key, test }) => [key, test])),
      select: this.attributes.select,
      exclude: this.attributes.exclude,
      tests: this.attributes.tests !== "none",
    };
    const { op, project, profiles_dir: profilesFolder, profile, target, env = {} } = this.attributes;
    const { adapterType } = manifest;
    const choice = { project, profilesFolder, profile, target, adapterType, env };
    const pools = duckDbPools(context, choice);
    const step = stepOfAssets(assets, {
      name: op?.name ?? `${context.name}.dbt`,
      checks: [...targets.checks.keys()],
      canSubset: true,
      ...(op?.pool === undefined ? {} : { pool: op.pool }),
      ...(pools.length === 0 ? {} : { pools }),
      run: (step) => runDbt(step, this.#project(context, step), targets),
    });
    return { assets: [...assets, ...external], checks: checks.map(({ spec }) => spec), steps: [step] };
  }

  /** Reports a manifest that is not there or is none. */
  #manifest(context: ComponentContext): DbtManifest | undefined {
    const { project, manifest: written } = this.attributes;
    const path = written ?? `${project}/target/manifest.json`;
    if (!context.exists(path)) {
      context.report([written === undefined ? "project" : "manifest"], {
        code: "file-not-found",
        message: `the dbt project has no manifest at ${path}`,
        hint: `make it with \`dbt parse --project-dir ${project}\``,
      });
      return undefined;
    }
    // Manifests may be larger than what people write, so the limit of text files does not hold for them.
    const parsed = parseManifest(readFileSync(context.resolvePath(path), "utf8"));
    if ("nodes" in parsed) return parsed;
    context.report([written === undefined ? "project" : "manifest"], {
      code: "invalid-attribute-value",
      message: `${path} ${parsed.reason}`,
    });
    return undefined;
  }

  #selected(context: ComponentContext, manifest: DbtManifest): ReadonlySet<string> | undefined {
    const { select, exclude } = this.attributes;
    try {
      return selectNodes(manifest, select, exclude);
    } catch (error) {
      if (!(error instanceof NodeSelectionError)) throw error;
      context.report(["select"], { code: "invalid-selection", message: error.message });
      return undefined;
    }
  }

  #translated(
    context: ComponentContext,
    { node, manifest, keys }: { node: DbtNode; manifest: DbtManifest; keys: Map<string, AssetKey> },
  ): AssetSpec {
    const file = `${this.attributes.project}/${node.original_file_path ?? ""}`;
    const base: AssetSpec = {
      ...nodeAsset(node, manifest),
      codeReferences: [
        context.codeReference(),
        ...(context.exists(file) ? [context.fileReference(file)] : []),
      ],
    };
    const spec = context.translate(this.attributes.translation, base, { node });
    keys.set(node.unique_id, spec.key);
    return spec;
  }

  #project(context: ComponentContext, step: StepContext): DbtProject {
    const { project, profiles_dir, profile, target, vars, full_refresh, env = {} } = this.attributes;
    const folder = context.resolvePath(project);
    const profilesFolder =
      profiles_dir !== undefined
        ? context.resolvePath(profiles_dir)
        : existsSync(`${folder}/profiles.yml`)
          ? folder
          : undefined;
    return {
      folder,
      fullRefresh: full_refresh,
      env: reveal(env),
      ...(profilesFolder === undefined ? {} : { profilesFolder }),
      ...(profile === undefined ? {} : { profile }),
      ...(target === undefined ? {} : { target }),
      ...(vars === undefined
        ? {}
        : { vars: reveal(context.evaluate(vars, runNames(step))) as { readonly [name: string]: unknown } }),
    };
  }
}

/** Whether the source is an asset of this component: one with a key of its own belongs to another. */
function isListedSource(node: DbtNode): boolean {
  return node.resource_type === "source" && dagsterMeta(node)["asset_key"] === undefined;
}

function withTranslatedDeps(
  spec: AssetSpec,
  node: DbtNode,
  {
    manifest,
    keys,
    translate,
  }: {
    manifest: DbtManifest;
    keys: Map<string, AssetKey>;
    context: ComponentContext;
    translate: (node: DbtNode) => AssetSpec;
  },
): AssetSpec {
  // A translation may name deps of its own.
  if (spec.origins?.["deps"] !== undefined) return spec;
  const deps = upstreamNodes(node, manifest).map((upstream) => {
    if (upstream.resource_type === "source" && !keys.has(upstream.unique_id)) return nodeKey(upstream);
    return keys.get(upstream.unique_id) ?? translate(upstream).key;
  });
  return { ...spec, deps: [...new Set(deps)] };
}
