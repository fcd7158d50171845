import type { CodeReference } from "../core/code-reference.ts";
import type { DeferredPatch } from "../core/patch.ts";
import type { Report } from "../core/problem.ts";
import { isPlainObject } from "../core/secret.ts";
import { formatPath, type Path } from "../core/span.ts";
import { sharedAssetAttributesSchema } from "../define/asset-attributes.ts";
import { readsName } from "./bound-template.ts";
import { codePlace, entrySpan } from "./code-place.ts";
import type { ComponentDeclaration } from "./declaration.ts";
import { problemAt } from "./make-problem.ts";
import { readValue } from "./read-value.ts";
import { type ResolveOptions, resolveAttributes } from "./resolve.ts";
import { valueProblem } from "./value-problem.ts";

export interface PatchOptions extends Omit<ResolveOptions, "schema" | "keeps"> {
  readonly folder: string;
  /** Whether the document speaks for its whole folder. */
  readonly isFolder: boolean;
}

/** What a document's `post_processing` changes, in the order written; templates over `asset` are kept. */
export function postProcessingPatches(
  declaration: ComponentDeclaration,
  options: PatchOptions,
): DeferredPatch[] {
  return declaration.postProcessing.flatMap(({ target, operation, attributes, path }) => {
    const fields = readFields(attributes, [...path, "attributes"], options);
    return fields === undefined
      ? []
      : [
          patchOf(
            {
              selection: target,
              selectionPath: [...path, "target"],
              operation,
              path,
              fieldsPath: [...path, "attributes"],
              fields,
            },
            options,
          ),
        ];
  });
}

/** What a `platform.Defaults` document sets: one rule, or a list of them. */
export function defaultsPatches(attributes: unknown, options: PatchOptions): DeferredPatch[] {
  if (attributes === undefined) return [];
  const rules = Array.isArray(attributes)
    ? attributes.map((rule, index) => [rule, ["attributes", index]])
    : [[attributes, ["attributes"]]];
  return (rules as [unknown, Path][]).flatMap(([rule, path]) => {
    const tell = (at: Path, message: string): void =>
      options.report(
        problemAt(options.document.nearestSpan(at), "invalid-attribute-type", message, {
          path: formatPath(at),
        }),
      );
    if (!isPlainObject(rule)) {
      tell(path, "a rule of folder defaults is a mapping of asset fields");
      return [];
    }
    const { select = "*", overwrite = false, ...written } = rule;
    if (typeof select !== "string") {
      tell([...path, "select"], "`select` must be the text of a selection");
      return [];
    }
    if (typeof overwrite !== "boolean") {
      tell([...path, "overwrite"], "`overwrite` must be true or false");
      return [];
    }
    const fields = readFields(written, path, options);
    const operation = overwrite ? "overwrite" : "default";
    return fields === undefined
      ? []
      : [
          patchOf(
            {
              selection: select,
              selectionPath: [...path, "select"],
              operation,
              path,
              fieldsPath: path,
              fields,
            },
            options,
          ),
        ];
  });
}

function readFields(written: object, path: Path, options: PatchOptions): Record<string, unknown> | undefined {
  let right = true;
  const report: Report = (problem) => {
    if (problem.severity === "error") right = false;
    options.report(problem);
  };
  const resolved = resolveAttributes(written, path, {
    ...options,
    report,
    keeps: (parsed) => readsName(parsed.body, "asset"),
  });
  const fields = readValue(sharedAssetAttributesSchema, resolved.value, {
    templated: resolved.templated,
    report: (at, problem) => report(valueProblem(options.document, [...path, ...at], problem)),
  });
  return right ? (fields as Record<string, unknown>) : undefined;
}

interface PatchParts {
  readonly selection: string;
  /** Where it is written, if it is. */
  readonly selectionPath: Path;
  readonly operation: DeferredPatch["operation"];
  readonly path: Path;
  readonly fieldsPath: Path;
  readonly fields: Record<string, unknown>;
}

function patchOf(
  { selection, selectionPath, operation, path, fieldsPath, fields }: PatchParts,
  options: PatchOptions,
): DeferredPatch {
  const { document, folder, isFolder } = options;
  const selectionSpan = document.valueSpan(selectionPath);
  const fieldPlaces: Record<string, CodeReference> = {};
  for (const field of Object.keys(fields)) {
    const at = [...fieldsPath, field];
    fieldPlaces[field] = codePlace(entrySpan(document, at) ?? document.nearestSpan(at));
  }
  return {
    selection,
    operation,
    fields,
    span: document.nearestSpan(path),
    ...(selectionSpan === undefined ? {} : { selectionSpan }),
    fieldPlaces,
    folder,
    ...(isFolder ? {} : { document: document.index }),
    file: document.file,
  };
}
