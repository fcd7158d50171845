import type { ProblemCode } from "../../platform/core/problem.ts";

/** The error kinds of the cases and the problem codes that mean the same here. */
export const codesOfKind: { readonly [kind: string]: readonly ProblemCode[] } = {
  schema_required: ["missing-attribute"],
  schema_type: ["invalid-attribute-type"],
  schema_enum: ["invalid-attribute-value"],
  schema_additional_property: ["unknown-attribute"],
  schema_union: ["invalid-attribute-type", "invalid-attribute-value"],
  file_additional_property: ["unknown-key"],
  file_required: ["missing-key"],
  file_type: ["invalid-key-value", "not-a-mapping"],
  yaml_syntax: ["invalid-yaml", "unquoted-template"],
  yaml_duplicate_key: ["duplicate-key"],
  no_components_in_file: ["no-components-in-file"],
  component_type_not_found: ["unknown-type"],
  component_path_not_found: ["component-not-found"],
  attributes_not_accepted: ["attributes-not-accepted"],
  asset_key_invalid: ["invalid-asset-key"],
  undeclared_env: ["undeclared-variable"],
  env_missing: ["missing-variable"],
  template_undefined: ["undefined-name"],
  template_error: ["template-error"],
  template_syntax: ["template-syntax"],
  template_type: ["template-type"],
  template_vars_empty: ["no-template-variables"],
  template_var_signature: ["template-variable-signature"],
  translation_return_type: ["translation-result"],
};

export const knownStages: ReadonlySet<string> = new Set(["check_yaml", "load"]);

export const knownExpectKeys: ReadonlySet<string> = new Set([
  "status",
  "stage",
  "errors",
  "assets",
  "resolved",
  "resolved_component",
  "asset_checks",
  "cli",
  "comment",
]);

export const knownErrorKeys: ReadonlySet<string> = new Set([
  "kind",
  "file",
  "line",
  "path",
  "message_contains",
]);
