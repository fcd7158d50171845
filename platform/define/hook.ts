import type { HookSpec } from "../core/step.ts";
import { type ResourceList, type ResourceValues, resourceKeys } from "./function-input.ts";
import { type HookContext, type HookDefinition, hookMark } from "./step.ts";

/** A hook that can be called directly. */
export interface CallableHook extends HookDefinition {
  /** Calls the function directly, without a run: for tests. */
  call(input: Partial<HookContext> & { readonly [resource: string]: unknown }): Promise<void>;
}

/** What a hook's function gets: what happened, and the resources by their key as well. */
export type HookInput<Resources extends ResourceList> = HookContext &
  ResourceValues<Resources> & {
    // biome-ignore lint/suspicious/noExplicitAny: a resource named by its key alone has no known type
    readonly [resource: string]: any;
  };

/**
 * Defines what is done after a step: `success` when it has ended well, `failure` when it has failed for good, `end`
 * after both. Steps and jobs name the hooks that they want. Its name is that of the function unless given; throws
 * RangeError where there is none.
 */
export function hook<const Resources extends ResourceList = []>(
  on: HookSpec["on"],
  react: (input: HookInput<Resources>) => void | Promise<void>,
  options: { readonly name?: string; readonly resources?: Resources } = {},
): CallableHook {
  const name = options.name ?? react.name;
  if (name === "") throw new RangeError("a hook needs a name: name its function, or give `name`");
  const resources = resourceKeys(options.resources);
  return {
    spec: { name, on, ...(resources.length === 0 ? {} : { resources }) },
    run: (context) => {
      const named = Object.fromEntries(resources.map((key) => [key, context.resources[key]]));
      return react({ ...context, ...named } as never);
    },
    call: async (input) => react(input as never),
    [hookMark]: true,
  };
}

export function isHookDefinition(value: unknown): value is HookDefinition {
  return typeof value === "object" && value !== null && hookMark in value;
}
