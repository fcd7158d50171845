import type { AssetKey } from "../core/asset-key.ts";
import type { RawMetadata } from "../core/metadata.ts";
import type { ResourceDefinition } from "./resource.ts";
import type { StepContext } from "./step.ts";

/** The step's context as a function of a definition gets it, its config typed. */
export interface FunctionContext<Config = { readonly [name: string]: unknown }>
  extends Omit<StepContext, "config" | "addMetadata"> {
  /** Settled and valid before the run was recorded. */
  readonly config: Config;
  readonly addMetadata: AddMetadata;
}

interface AddMetadata {
  /** Adds to the materialization of the step's only asset; throws RangeError where it makes none or several. */
  (metadata: RawMetadata): void;
  (asset: AssetKey, metadata: RawMetadata): void;
}

/** Keys of resources; one that is given as its definition has its type. */
export type ResourceList = readonly (string | ResourceDefinition)[];

export type ResourceValues<Resources extends ResourceList> = {
  readonly [Definition in Extract<
    Resources[number],
    ResourceDefinition
  > as Definition["spec"]["key"]]: Definition extends ResourceDefinition<infer Value> ? Value : never;
};

/** What a definition's function gets: its inputs and resources by name, and the step's context spread out. */
export type FunctionInput<Values, Config, Resources extends ResourceList> = Values &
  ResourceValues<Resources> &
  FunctionContext<Config> & {
    readonly context: FunctionContext<Config>;
    // biome-ignore lint/suspicious/noExplicitAny: a resource named by its key alone has no known type
    readonly [resource: string]: any;
  };

export function resourceKeys(resources: ResourceList | undefined): string[] {
  return (resources ?? []).map((one) => (typeof one === "string" ? one : one.spec.key));
}

/** Names are the context's own, then resources, then inputs; later ones win. */
export function functionInput(
  context: StepContext,
  { values, resources }: { readonly values: object; readonly resources: readonly string[] },
): object {
  const own: object = Object.create(context);
  define(own, { addMetadata: addMetadataTo(context) });
  const named = Object.fromEntries(resources.map((name) => [name, context.resources[name]]));
  const input: object = Object.create(own);
  return define(input, { context: own, ...named }, values);
}

/** Defined and not assigned: a name of the context that cannot be written to must not keep an input out. */
function define(target: object, ...sources: readonly object[]): object {
  for (const source of sources) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(source))) {
      Object.defineProperty(target, name, { ...property, enumerable: true, configurable: true });
    }
  }
  return target;
}

function addMetadataTo(context: StepContext): AddMetadata {
  return (first: AssetKey | RawMetadata, second?: RawMetadata) => {
    if (typeof first === "string") return context.addMetadata(first, second ?? {});
    const [only, another] = context.selectedAssets;
    if (only === undefined || another !== undefined) {
      throw new RangeError(
        `the step \`${context.step.name}\` makes ${only === undefined ? "no asset" : "several assets"}: name the asset that the metadata is for`,
      );
    }
    context.addMetadata(only, first);
  };
}
