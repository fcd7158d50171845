import type { Definitions } from "../../platform/define/definitions.ts";
import type { StepContext, StepDefinition } from "../../platform/define/step.ts";

/** A step of the graph `g` that makes no asset. */
export function opStep(
  name: string,
  spec: Partial<StepDefinition>,
  run: (context: StepContext) => unknown = () => {},
): StepDefinition {
  return {
    name,
    assets: [],
    checks: [],
    canSubset: false,
    execution: "op",
    resources: [],
    graph: "g",
    ...spec,
    async run(context) {
      await run(context);
    },
  };
}

/** Steps with all that goes with them. */
export function withSteps(steps: readonly StepDefinition[], further: Definitions = {}): Definitions[] {
  return [{ ...further, steps }];
}

export const one = (step: string, output = "out") => ({ step, output, take: "one" }) as const;
export const collected = (step: string, output = "out") => ({ step, output, take: "collect" }) as const;
export const out = { name: "out" } as const;
export const items = { name: "items", dynamic: true } as const;
