import type { RetryPolicy } from "../core/policies.ts";
import type { Isolation, StepSpec } from "../core/step.ts";
import type { HookDefinition } from "./step.ts";

/** How a step runs, whatever it makes. */
export interface StepOptions {
  readonly pool?: string;
  /** Slots of `pool` that it takes; 1 unless given. */
  readonly poolSlots?: number;
  /** Among steps that may start the higher one goes first; 0 unless given. */
  readonly priority?: number;
  readonly isolation?: Isolation;
  readonly timeoutSeconds?: number;
  readonly retryPolicy?: RetryPolicy;
  /** Hooks by name or definition; a definition must be exported somewhere as well. */
  readonly hooks?: readonly (HookDefinition | string)[];
}

const fields = ["pool", "poolSlots", "priority", "isolation", "timeoutSeconds", "retryPolicy"] as const;

/** Those options that are given, as fields of a step. */
export function stepFields(options: StepOptions): Partial<StepSpec> {
  const given = fields.filter((field) => options[field] !== undefined);
  return {
    ...Object.fromEntries(given.map((field) => [field, options[field]])),
    ...(options.hooks === undefined ? {} : { hooks: hookNames(options.hooks) }),
  };
}

export function hookNames(hooks: readonly (HookDefinition | string)[]): string[] {
  return hooks.map((hook) => (typeof hook === "string" ? hook : hook.spec.name));
}
