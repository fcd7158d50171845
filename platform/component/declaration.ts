import type { Report } from "../core/problem.ts";
import { isPlainObject } from "../core/secret.ts";
import { formatPath, type Path, type Span } from "../core/span.ts";
import { suggest } from "../core/suggest.ts";
import { hasTemplate } from "../template/parse-template.ts";
import type { SourceDocument } from "../yaml/document.ts";
import { unusableValue } from "../yaml/unusable-value.ts";
import { problemAt } from "./make-problem.ts";

/** One entry of `post_processing.assets`, its `attributes` as written. */
export interface WrittenPostProcessor {
  readonly target: string;
  readonly operation: "merge" | "replace";
  readonly attributes: { readonly [name: string]: unknown };
  readonly path: Path;
}

/** A document of a component file that is read but not yet loaded. What is wrong in it is reported and left out. */
export interface ComponentDeclaration {
  readonly file: string;
  readonly document: number;
  /** Absent where it is missing or wrong. */
  readonly type?: string;
  /** A mapping, a list (for folder defaults), or nothing. */
  readonly attributes?: unknown;
  readonly requirements: readonly string[];
  readonly templateVarsModule?: string;
  readonly postProcessing: readonly WrittenPostProcessor[];
  /** `false`, or a template that decides. */
  readonly enabled: boolean | string;
  readonly hasErrors: boolean;
}

const documentKeys = [
  "type",
  "attributes",
  "requirements",
  "template_vars_module",
  "post_processing",
  "enabled",
  "moved",
];

/** Reads the top level of a document: its keys and their shapes, not its attributes. */
export function readDeclaration(document: SourceDocument, report: Report): ComponentDeclaration {
  const reader = new DeclarationReader(document, report);
  return reader.read();
}

class DeclarationReader {
  readonly #document: SourceDocument;
  readonly #report: Report;
  #hasErrors: boolean;

  constructor(document: SourceDocument, report: Report) {
    this.#document = document;
    this.#report = report;
    this.#hasErrors = document.hasErrors;
  }

  read(): ComponentDeclaration {
    const { file, index, value } = this.#document;
    const base = { file, document: index, requirements: [], postProcessing: [], enabled: true } as const;
    if (!isPlainObject(value)) {
      if (value !== unusableValue) {
        this.#tell([], "not-a-mapping", "a component document is a mapping with `type` and `attributes`");
      }
      return { ...base, hasErrors: true };
    }
    this.#keys(value, [], documentKeys);
    const type = this.#type(value);
    const attributes = this.#attributes(value["attributes"], type);
    const declared = {
      ...base,
      ...(type === undefined ? {} : { type }),
      ...(attributes === undefined ? {} : { attributes }),
      requirements: this.#requirements(value["requirements"]),
      ...this.#varsModule(value["template_vars_module"]),
      postProcessing: this.#postProcessing(value["post_processing"]),
      enabled: this.#enabled(value["enabled"]),
    };
    this.#moved(value["moved"]);
    return { ...declared, hasErrors: this.#hasErrors };
  }

  #type(value: Record<string, unknown>): string | undefined {
    const { type } = value;
    if (type === unusableValue) return undefined;
    if (type === undefined) {
      const hint = "for example `type: lib.SlingReplicationCollectionComponent`";
      this.#tell([], "missing-key", "`type` is required", hint);
      return undefined;
    }
    if (typeof type === "string" && type.trim() !== "") return type.trim();
    this.#tell(["type"], "invalid-key-value", "`type` must be the name of a component class");
    return undefined;
  }

  #attributes(attributes: unknown, type: string | undefined): unknown {
    if (attributes === undefined || attributes === null || attributes === unusableValue) return undefined;
    if (isPlainObject(attributes) || (Array.isArray(attributes) && type === "platform.Defaults"))
      return attributes;
    this.#tell(["attributes"], "invalid-key-value", "`attributes` must be a mapping");
    return undefined;
  }

  #requirements(requirements: unknown): string[] {
    if (!this.#isMapping(requirements, ["requirements"], ["env"])) return [];
    const env = requirements["env"];
    if (env === undefined || env === null) return [];
    if (!Array.isArray(env)) {
      this.#tell(
        ["requirements", "env"],
        "invalid-key-value",
        "`requirements.env` must be a list of variable names",
      );
      return [];
    }
    return env.filter((name, index): name is string => {
      const right = typeof name === "string" && name !== "";
      if (!right)
        this.#tell(["requirements", "env", index], "invalid-key-value", "the name of a variable is text");
      return right;
    });
  }

  #varsModule(written: unknown): { templateVarsModule?: string } {
    if (written === undefined || written === null || written === unusableValue) return {};
    if (typeof written === "string" && written.trim() !== "") return { templateVarsModule: written.trim() };
    this.#tell(
      ["template_vars_module"],
      "invalid-key-value",
      "`template_vars_module` must be the name of a module",
    );
    return {};
  }

  #enabled(enabled: unknown): boolean | string {
    if (enabled === undefined || enabled === null || enabled === unusableValue) return true;
    if (typeof enabled === "boolean" || (typeof enabled === "string" && hasTemplate(enabled))) return enabled;
    this.#tell(
      ["enabled"],
      "invalid-key-value",
      "`enabled` must be true, false or a template that gives one of them",
    );
    return true;
  }

  /** Old asset keys by new ones, for tools that carry history over. */
  #moved(moved: unknown): void {
    if (moved === undefined || moved === null) return;
    if (!isPlainObject(moved) || !Object.values(moved).every((key) => typeof key === "string")) {
      this.#tell(["moved"], "invalid-key-value", "`moved` must be a mapping from old asset keys to new ones");
    }
  }

  #postProcessing(written: unknown): WrittenPostProcessor[] {
    if (!this.#isMapping(written, ["post_processing"], ["assets"])) return [];
    const { assets } = written;
    if (assets === undefined || assets === null) return [];
    const path: Path = ["post_processing", "assets"];
    if (!Array.isArray(assets)) {
      this.#tell(path, "invalid-key-value", "`post_processing.assets` must be a list");
      return [];
    }
    return assets.flatMap((entry, index) => this.#postProcessor(entry, [...path, index]));
  }

  #postProcessor(entry: unknown, path: Path): WrittenPostProcessor[] {
    if (!isPlainObject(entry)) {
      if (entry !== unusableValue) this.#tell(path, "invalid-key-value", "a post-processor is a mapping");
      return [];
    }
    let right = this.#keys(entry, path, ["target", "operation", "attributes"]);
    const { target = "*", operation = "merge", attributes } = entry;
    if (typeof target !== "string") {
      this.#tell([...path, "target"], "invalid-key-value", "`target` must be the text of a selection");
      right = false;
    }
    if (operation !== "merge" && operation !== "replace") {
      const message = `\`operation\` is one of \`merge\`, \`replace\`, not \`${String(operation)}\``;
      this.#tell([...path, "operation"], "invalid-attribute-value", message);
      right = false;
    }
    if (attributes === undefined || attributes === null) {
      this.#tell(path, "missing-attribute", "`attributes` is required");
      return [];
    }
    if (!isPlainObject(attributes)) {
      this.#tell(
        [...path, "attributes"],
        "invalid-attribute-type",
        "`attributes` must be a mapping of asset fields",
      );
      return [];
    }
    if (!right) return [];
    return [{ target: target as string, operation: operation as "merge" | "replace", attributes, path }];
  }

  /** Whether there is such a mapping; reports where it is something else or has other keys. */
  #isMapping(value: unknown, path: Path, known: readonly string[]): value is Record<string, unknown> {
    if (value === undefined || value === null || value === unusableValue) return false;
    if (!isPlainObject(value)) {
      this.#tell(path, "invalid-key-value", `\`${formatPath(path)}\` must be a mapping`);
      return false;
    }
    this.#keys(value, path, known);
    return true;
  }

  #keys(value: Record<string, unknown>, path: Path, known: readonly string[]): boolean {
    let right = true;
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue;
      right = false;
      const free = known.filter((name) => value[name] === undefined);
      const near = suggest(key, free);
      const span = this.#document.keySpan([...path, key]);
      this.#tell(
        [...path, key],
        "unknown-key",
        `\`${key}\` is unexpected here`,
        near === undefined ? `known: ${known.join(", ")}` : `did you mean \`${near}\`?`,
        near === undefined || span === undefined ? undefined : { span, text: near },
      );
    }
    return right;
  }

  #tell(
    path: Path,
    code: Parameters<typeof problemAt>[1],
    message: string,
    hint?: string,
    fix?: { span: Span; text: string },
  ): void {
    this.#hasErrors = true;
    this.#report(
      problemAt(this.#document.nearestSpan(path), code, message, {
        ...(path.length === 0 ? {} : { path: formatPath(path) }),
        ...(hint === undefined ? {} : { hint }),
        ...(fix === undefined ? {} : { fix: [fix] }),
      }),
    );
  }
}
