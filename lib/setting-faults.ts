import { type ComponentContext, reveal, type TObject } from "#platform";
import { schemaFaults } from "./schema-faults.ts";

/** Tells what is wrong with free `attributes` of a component; gives whether nothing is. A secret counts as its text. */
export function reportSettingFaults(
  context: ComponentContext,
  setting: { readonly wanted: TObject; readonly attributes: object; readonly what: string },
): boolean {
  const { wanted, attributes, what } = setting;
  const faults = schemaFaults(wanted, reveal(attributes));
  for (const { keyword, instancePath, message } of faults.slice(0, 5)) {
    const path = instancePath.split("/").slice(1);
    // The schema `false` stands for what no attribute may be named.
    const unknown = keyword === "boolean";
    context.report(["attributes", ...path], {
      code: unknown
        ? "unknown-attribute"
        : keyword === "required"
          ? "missing-attribute"
          : "invalid-attribute-value",
      message: unknown
        ? `the ${what} has no attribute \`${path.join(".")}\``
        : `the ${what}'s attributes ${message}`,
      hint: `known: ${Object.keys(wanted.properties).join(", ")}`,
    });
  }
  return faults.length === 0;
}
