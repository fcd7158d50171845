import {
  type AssetKey,
  type AssetSpec,
  assetAttributesSchema,
  assetKey,
  automation,
  Component,
  type ComponentContext,
  type Definitions,
  type ScopeContext,
  Type,
  translationSchema,
} from "#platform";
import { exampleOf } from "../example.ts";
import { stepOfAssets } from "../step-of-assets.ts";
import { type LockedLoad, lockedLoads } from "./dlt-lock.ts";
import { runDlt } from "./run-dlt.ts";

const schema = Type.Object(
  {
    loads: Type.Array(
      Type.Object(
        {
          source: Type.String({
            minLength: 1,
            description: "The dlt source: `.loads.x` is `x` of `loads.py` beside this file.",
          }),
          pipeline: Type.String({ minLength: 1, description: "The dlt pipeline, written like the source." }),
          translation: Type.Optional(
            translationSchema(
              assetAttributesSchema,
              "Asset fields for each resource, evaluated with `resource` (name, source_name), `pipeline` (pipeline_name, dataset_name, destination) and `spec`.",
            ),
          ),
        },
        { additionalProperties: false, description: "One source that one pipeline loads." },
      ),
      { minItems: 1, description: "What is loaded." },
    ),
  },
  {
    additionalProperties: false,
    description:
      "Tables that dlt loads, one asset for each resource of a source, from what `lock.yaml` says of the Python code. A run calls Python.",
  },
);

export class CustomDltLoadCollectionComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "CustomDltLoadCollectionComponent");
  }

  static override scope(_context: ScopeContext): { readonly [name: string]: unknown } {
    return {
      daily_not_in_progress: automation.all_of(
        automation.cron_tick_passed("0 0 * * *"),
        automation.not_(automation.in_progress()),
      ),
    };
  }

  override requiredTools(): readonly string[] {
    return ["python3"];
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const locked = lockedLoads(context);
    const known = ({ source, pipeline }: { source: string; pipeline: string }): LockedLoad | undefined =>
      locked.find((load) => load.source === source && load.pipeline === pipeline);
    if (!this.attributes.loads.every(known)) {
      context.needsLock("a lock.yaml that lists the resources of the dlt sources");
    }
    const parts = this.attributes.loads.flatMap((written, index): Definitions[] => {
      const load = known(written);
      return load === undefined
        ? []
        : [loadDefinitions(context, load, { translation: written.translation, index })];
    });
    return {
      assets: parts.flatMap(({ assets = [] }) => assets),
      steps: parts.flatMap(({ steps = [] }) => steps),
    };
  }
}

function loadDefinitions(
  context: ComponentContext,
  load: LockedLoad,
  { translation, index }: { translation: Parameters<ComponentContext["translate"]>[0]; index: number },
): Definitions {
  const { source_name, pipeline_name, dataset_name, destination } = load;
  const codeReferences = [context.codeReference(["loads", index])];
  const resources = new Map<AssetKey, string>();
  const upstream: AssetSpec[] = [];
  const assets = load.resources.map((resource): AssetSpec => {
    const from = assetKey(`${source_name}_${resource.name}`);
    const base: AssetSpec = {
      key: assetKey(`dlt_${source_name}_${resource.name}`),
      deps: [from],
      kinds: ["dlt", destination],
      codeReferences,
      ...(resource.description === undefined ? {} : { description: resource.description }),
    };
    const spec = context.translate(translation, base, {
      resource: { ...resource, source_name },
      pipeline: { pipeline_name, dataset_name, destination },
    });
    resources.set(spec.key, resource.name);
    for (const dep of spec.deps ?? []) {
      if (typeof dep !== "string") continue;
      upstream.push({
        key: dep,
        codeReferences,
        ...(spec.groupName === undefined ? {} : { groupName: spec.groupName }),
      });
    }
    return spec;
  });
  const step = stepOfAssets(assets, {
    name: `dlt_assets_${source_name}_${dataset_name}`,
    canSubset: true,
    run: (step) => runDlt(step, { load, resources, folder: context.folder }),
  });
  return {
    assets: [...assets, ...new Map(upstream.map((spec) => [spec.key, spec])).values()],
    steps: [step],
  };
}
