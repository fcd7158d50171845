import { Component, type ComponentContext, type Definitions, Type } from "#platform";
import { exampleOf } from "../example.ts";
import { chosenNodes, wholeSelection } from "./chosen-nodes.ts";
import { freshnessChecks } from "./dbt-checks.ts";
import { duckDbPools } from "./duckdb-pools.ts";
import { loadNodes } from "./load-manifest.ts";
import { loadSettings } from "./load-settings.ts";
import type { DbtManifest } from "./manifest.ts";
import { projectNodes } from "./project-definitions.ts";
import { runSettings } from "./run-settings-schema.ts";
import { dbtSteps } from "./run-steps.ts";
import { sourceFreshness } from "./source-freshness.ts";

const schema = Type.Object(
  { ...loadSettings, ...runSettings },
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
    return this.attributes.execution === "local" ? ["dbt"] : [];
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const loaded = loadNodes(context, this.attributes);
    const chosen = loaded === undefined ? undefined : chosenNodes(context, loaded, this.attributes);
    if (loaded === undefined || chosen === undefined) return {};
    const nodes = projectNodes(context, { manifest: loaded.manifest, chosen }, this.attributes);
    const { built, sources, semantic, checks } = nodes;
    const watched =
      this.attributes.sources === "observe"
        ? sources.filter(({ node }) => sourceFreshness(node) !== undefined)
        : [];
    const freshness = freshnessChecks(context, watched);
    const observable = new Set(watched);
    return {
      assets: [
        ...built.map(({ spec }) => spec),
        ...sources.map((one) => (observable.has(one) ? { ...one.spec, observable: true } : one.spec)),
        ...semantic.map(({ spec }) => spec),
      ],
      checks: [...checks, ...freshness].map(({ spec }) => spec),
      steps: dbtSteps(context, {
        settings: this.attributes,
        project: this.attributes.project,
        assets: built,
        checks,
        sources: watched.map(({ node, spec }) => ({ node, key: spec.key })),
        freshnessChecks: freshness.map(({ key, test }) => ({ key, source: test })),
        selection: loaded.listed === undefined ? wholeSelection(this.attributes, loaded.manifest) : {},
        manifest: loaded.manifest,
        pools: this.#pools(context, loaded.manifest),
      }),
    };
  }

  #pools(context: ComponentContext, { adapterType }: DbtManifest): string[] {
    const { project, profiles_dir: profilesFolder, profile, target, env = {} } = this.attributes;
    return duckDbPools(context, { project, profilesFolder, profile, target, adapterType, env });
  }
}
