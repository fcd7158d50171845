import type { Span } from "./span.ts";

/** Every code that a problem can carry. Words, never reused; each has a page in `platform/docs/problems.md`. */
export const problemCodes = [
  // files and YAML
  "unreadable-file",
  "file-too-large",
  "not-text",
  "symlink-loop",
  "two-component-files",
  "no-components-in-file",
  "invalid-yaml",
  "duplicate-key",
  "too-many-aliases",
  "too-deep",
  "forbidden-key",
  "yaml-1-1-value",
  "unquoted-template",
  // declarations
  "not-a-mapping",
  "unknown-key",
  "missing-key",
  "invalid-key-value",
  "unknown-type",
  "not-a-component",
  "type-load-failed",
  "attributes-not-accepted",
  "unloaded-component-file",
  // attributes
  "unknown-attribute",
  "missing-attribute",
  "invalid-attribute-type",
  "invalid-attribute-value",
  // templates
  "template-syntax",
  "undefined-name",
  "template-error",
  "template-limit",
  "template-type",
  "unused-template-variable",
  "template-module-failed",
  "template-variable-signature",
  "no-template-variables",
  "translation-result",
  "missing-variable",
  "undeclared-variable",
  "secret-in-name",
  // building
  "build-failed",
  "tool-failed",
  "component-not-found",
  "component-cycle",
  "file-not-found",
  "outside-project",
  "invalid-asset-key",
  "invalid-lock",
  "duplicate-lock",
  "unresolved-reference",
  "definitions-module-failed",
  "component-not-ready",
  // graph
  "duplicate-asset",
  "duplicate-check",
  "duplicate-name",
  "asset-cycle",
  "unknown-asset",
  "invalid-selection",
  "empty-selection",
  "unknown-resource",
  "unknown-pool",
  "unknown-io-manager",
  "unknown-job",
  "unknown-step",
  "unknown-condition",
  "unknown-hook",
  "invalid-cron",
  "invalid-time-zone",
  "invalid-partitions",
  "invalid-condition",
  "overlapping-automation-groups",
  "invalid-freshness-policy",
  "invalid-owner",
  "invalid-tag",
  // configuration
  "invalid-configuration",
  "unknown-environment",
  // rules
  "rule-description",
  "rule-owner",
  "rule-group",
  "rule-check",
] as const;

export type ProblemCode = (typeof problemCodes)[number];

export type ProblemSeverity = "error" | "warning";

/** A second place that belongs to a problem, such as the first of two equal keys. */
export interface RelatedPlace {
  readonly span: Span;
  readonly message: string;
}

/** Replaces the text of `span`. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** Something wrong in the user's files: what, where, and the way out. */
export interface Problem {
  readonly code: ProblemCode;
  readonly severity: ProblemSeverity;
  readonly message: string;
  readonly span: Span;
  /** Dotted path inside the document, such as `attributes.assets.0.key`. */
  readonly path?: string;
  readonly hint?: string;
  readonly related: readonly RelatedPlace[];
  /** Present only where there is exactly one way to mend it; `dop check --fix` applies it. */
  readonly fix?: readonly Edit[];
}

/** How a stage tells of a problem and carries on, so that one load shows them all. */
export type Report = (problem: Problem) => void;

/** Problems in the order of files, lines and columns; ties keep their order. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return problems.toSorted(
    (a, b) =>
      (a.span.file < b.span.file ? -1 : a.span.file > b.span.file ? 1 : 0) ||
      a.span.start.line - b.span.start.line ||
      a.span.start.column - b.span.start.column,
  );
}
