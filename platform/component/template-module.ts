import type { Problem } from "../core/problem.ts";
import type { ScopeContext } from "../define/component.ts";
import { isTemplateVariable } from "../define/template-var.ts";
import type { SourceDocument } from "../yaml/document.ts";
import { type ModuleExports, placeOfError } from "./import-module.ts";
import { templateValue } from "./template-value.ts";
import { valueProblem } from "./value-problem.ts";

/** Names that a `template_vars_module` adds, with what went wrong while they were made. */
export interface TemplateLayer {
  readonly values: { readonly [name: string]: unknown };
  readonly problems: readonly Problem[];
}

/** Calls the template variables that a module exports. `written` is its name as the document says it. */
export function templateLayer(
  exports: ModuleExports,
  written: string,
  { document, context }: { readonly document: SourceDocument; readonly context: ScopeContext },
): TemplateLayer {
  const problems: Problem[] = [];
  const values: Record<string, unknown> = {};
  const tell = (code: Problem["code"], message: string, hint?: string): void => {
    const problem = { code, message, ...(hint === undefined ? {} : { hint }) };
    problems.push(valueProblem(document, ["template_vars_module"], problem));
  };
  const variables = Object.entries(exports).filter(([, value]) => isTemplateVariable(value));
  if (variables.length === 0) {
    tell(
      "no-template-variables",
      `No template vars found in module ${written}`,
      "export one as `export const name = templateVar(() => value)`",
    );
  }
  for (const [name, variable] of variables) {
    if (!isTemplateVariable(variable)) continue;
    if (variable.parameters > 1) {
      const message = `the template variable \`${name}\` must have 0 or 1 parameters, got ${variable.parameters}`;
      tell("template-variable-signature", message, "to offer a function to templates, return one");
      continue;
    }
    try {
      values[name] = templateValue(variable.evaluate(context));
    } catch (error) {
      tell(
        "template-module-failed",
        `the template variable \`${name}\` failed: ${failureText(error, context.projectRoot)}`,
      );
    }
  }
  return { values, problems };
}

/** An error's message and, where it is known, the line of the project that it came from. */
export function failureText(error: unknown, root: string): string {
  const place = placeOfError(error, root);
  const message = error instanceof Error ? error.message : String(error);
  return place === undefined ? message : `${message} (${place.file}:${place.line}:${place.column})`;
}
