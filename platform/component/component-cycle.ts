import type { RelatedPlace } from "../core/problem.ts";
import { TemplateError } from "../template/template-error.ts";

/** Components that ask for each other while they are built. */
export class ComponentCycle extends TemplateError {
  /** Every component of the circle, in the order in which they ask. */
  readonly related: readonly RelatedPlace[];

  constructor(names: readonly string[], related: readonly RelatedPlace[]) {
    super({
      code: "component-cycle",
      message: `components load each other in a circle: ${names.join(" → ")}`,
      hint: "take one of the `context.load_component` calls out, or name the asset by its key",
    });
    this.related = related;
  }
}
