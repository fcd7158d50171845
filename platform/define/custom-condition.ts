import type { AutomationCondition, CustomConditionSpec } from "../core/condition.ts";
import type { ConditionAnswer, ConditionContext } from "./condition-definition.ts";
import { type Definitions, definitionsMark } from "./definitions.ts";
import { type ResourceList, type ResourceValues, resourceKeys } from "./function-input.ts";

/** A condition of one's own, to be used as it is or in others. */
export interface CustomCondition extends Required<Pick<Definitions, "conditions">> {
  /** For `automationCondition`; in YAML it is `{{ automation.custom('name') }}`. */
  readonly condition: AutomationCondition;
  /** Calls the function directly: for tests. */
  call(input: Partial<ConditionContext> & { readonly [resource: string]: unknown }): Promise<ConditionAnswer>;
  readonly [definitionsMark]: true;
}

export interface CustomConditionOptions<Resources extends ResourceList> {
  readonly description?: string;
  readonly resources?: Resources;
}

/** What a condition's function gets: what is asked, and its resources by their key as well. */
export type ConditionInput<Resources extends ResourceList> = ConditionContext &
  ResourceValues<Resources> & {
    // biome-ignore lint/suspicious/noExplicitAny: a resource named by its key alone has no known type
    readonly [resource: string]: any;
  };

/** Defines a condition that a function answers, asked anew from tick to tick. */
export function customCondition<const Resources extends ResourceList = []>(
  name: string,
  options: CustomConditionOptions<Resources>,
  evaluate: (input: ConditionInput<Resources>) => ConditionAnswer | Promise<ConditionAnswer>,
): CustomCondition {
  const { description } = options;
  const resources = resourceKeys(options.resources);
  const spec: CustomConditionSpec = {
    name,
    ...(description === undefined ? {} : { description }),
    ...(resources.length === 0 ? {} : { resources }),
  };
  return {
    condition: { type: "custom", name },
    conditions: [
      {
        spec,
        evaluate(context) {
          const named = Object.fromEntries(resources.map((key) => [key, context.resources[key]]));
          return evaluate({ ...named, ...context } as never);
        },
      },
    ],
    call: async (input) =>
      evaluate({ now: Temporal.Now.instant(), signal: new AbortController().signal, ...input } as never),
    [definitionsMark]: true,
  };
}
