import { type AssetFieldAttribute, isAssetFieldAttribute } from "../core/asset-fields.ts";
import { parseAssetKey } from "../core/asset-key.ts";
import { isAutomationCondition } from "../core/condition.ts";
import { breachStates, isFreshnessPolicy } from "../core/freshness.ts";
import { isPartitionsDefinition } from "../core/partitions.ts";
import type { ProblemCode } from "../core/problem.ts";
import { isReference } from "../core/reference.ts";
import { holdsSecret, isPlainObject } from "../core/secret.ts";
import type { Span } from "../core/span.ts";
import { evaluateDeferred, isTemplate, locateError, type Template } from "../template/deferred-template.ts";
import type { Scope } from "../template/scope.ts";
import { TemplateError } from "../template/template-error.ts";

/** What is wrong with a patch's value for one asset. */
export interface PatchFault {
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint?: string;
  readonly span: Span;
  readonly path?: string;
}

/** Whether a template stands anywhere inside a value. */
export function holdsTemplate(value: unknown): boolean {
  if (isTemplate(value)) return true;
  if (Array.isArray(value)) return value.some(holdsTemplate);
  return isPlainObject(value) && Object.values(value).some(holdsTemplate);
}

/** The value with every template in it evaluated, in the form that the attribute takes. */
export function evaluatePatchValue(
  attribute: string,
  written: unknown,
  { scope, span }: { scope: Scope; span: Span },
): { readonly value: unknown } | { readonly fault: PatchFault } {
  let value: unknown;
  try {
    value = evaluated(written, scope);
  } catch (thrown) {
    if (!(thrown instanceof LocatedError)) throw thrown;
    const { error, template } = thrown;
    return {
      fault: {
        code: error.code,
        message: error.message,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        span: locateError(template, error),
        path: template.path,
      },
    };
  }
  const place = isTemplate(written) ? written.span : span;
  const reason = isAssetFieldAttribute(attribute) ? faultOf(attribute, value) : "is no field of an asset";
  if (reason === undefined) return { value: settled(attribute as AssetFieldAttribute, value) };
  return {
    fault: {
      code: reason.startsWith("holds a secret") ? "secret-in-name" : "template-type",
      message: `\`${attribute}\` ${reason}`,
      span: place,
    },
  };
}

class LocatedError {
  readonly error: TemplateError;
  readonly template: Template;

  constructor(error: TemplateError, template: Template) {
    this.error = error;
    this.template = template;
  }
}

function evaluated(value: unknown, scope: Scope): unknown {
  if (isTemplate(value)) {
    try {
      return evaluateDeferred(value, scope);
    } catch (thrown) {
      if (thrown instanceof TemplateError) throw new LocatedError(thrown, value);
      throw thrown;
    }
  }
  if (Array.isArray(value)) return value.map((item) => evaluated(item, scope));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, evaluated(item, scope)]));
}

type Judge = (value: unknown) => string | undefined;

const text: Judge = (value) => (typeof value === "string" ? undefined : `takes text, not ${wordOf(value)}`);

const judges: { readonly [Attribute in AssetFieldAttribute]: Judge } = {
  deps: (value) => listOf(value, (item) => (isReference(item) ? undefined : keyFault(item))),
  description: text,
  metadata: mapping,
  group_name: text,
  skippable: (value) =>
    typeof value === "boolean" ? undefined : `takes true or false, not ${wordOf(value)}`,
  code_version: (value) => (typeof value === "number" ? undefined : text(value)),
  owners: (value) => listOf(value, text),
  tags: (value) =>
    mapping(value) ??
    Object.values(value as object)
      .map(scalar)
      .find((reason) => reason !== undefined),
  kinds: (value) => listOf(value, text),
  automation_condition: (value) =>
    isAutomationCondition(value) ? undefined : `takes an automation condition, not ${wordOf(value)}`,
  partitions_def: (value) =>
    isPartitionsDefinition(value) ? undefined : `takes partitions, not ${wordOf(value)}`,
  partition_mappings: mapping,
  freshness_policy: (value) =>
    isFreshnessPolicy(value) ? undefined : `takes a freshness policy, not ${wordOf(value)}`,
  materialize_on: (value) =>
    breachStates.some((state) => state === value) ? undefined : `takes ${breachStates.join(" or ")}`,
  backfill_policy: mapping,
  retry_policy: mapping,
  pool: text,
  io: text,
};

/** Fields in which a secret would be seen by everybody. */
const open: readonly AssetFieldAttribute[] = [
  "deps",
  "group_name",
  "tags",
  "owners",
  "kinds",
  "pool",
  "io",
  "partitions_def",
];

function faultOf(attribute: AssetFieldAttribute, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (open.includes(attribute) && holdsSecret(value)) return "holds a secret, which everybody would see";
  return judges[attribute](value);
}

/** Tags and versions are text, also where a template gives a number. */
function settled(attribute: AssetFieldAttribute, value: unknown): unknown {
  if (attribute === "code_version" && typeof value === "number") return String(value);
  if (attribute === "tags" && isPlainObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]));
  }
  return value;
}

function listOf(value: unknown, judge: Judge): string | undefined {
  if (!Array.isArray(value)) return `takes a list, not ${wordOf(value)}`;
  return value.map(judge).find((reason) => reason !== undefined);
}

function keyFault(value: unknown): string | undefined {
  const reason = text(value);
  if (reason !== undefined) return reason;
  const parsed = parseAssetKey(value as string);
  return "reason" in parsed ? `has a wrong key: ${parsed.reason}` : undefined;
}

function mapping(value: unknown): string | undefined {
  return isPlainObject(value) ? undefined : `takes a mapping, not ${wordOf(value)}`;
}

function scalar(value: unknown): string | undefined {
  return value !== null && typeof value === "object"
    ? `takes text for each key, not ${wordOf(value)}`
    : undefined;
}

function wordOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a mapping" : `a ${typeof value}`;
}
