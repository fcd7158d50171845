import type { ScopeContext } from "./component.ts";

export const templateVarMark: unique symbol = Symbol.for("dop.template-var");

/** A name that a `template_vars_module` adds to the scope of templates. */
export interface TemplateVariable {
  readonly evaluate: (context: ScopeContext) => unknown;
  /** Parameters of the function as written: 0 or 1, anything else is a problem. */
  readonly parameters: number;
  readonly [templateVarMark]: true;
}

/**
 * Makes an exported function a template variable: its result is the variable's value. It takes no argument or the
 * context; to offer a function to templates, return one.
 */
export function templateVar(evaluate: (context: ScopeContext) => unknown): TemplateVariable {
  return { evaluate, parameters: evaluate.length, [templateVarMark]: true };
}

export function isTemplateVariable(value: unknown): value is TemplateVariable {
  return typeof value === "object" && value !== null && templateVarMark in value;
}
