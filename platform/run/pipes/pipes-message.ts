import type { AssetKey } from "../../core/asset-key.ts";
import type { Json } from "../../core/metadata.ts";
import { isPlainObject } from "../../core/secret.ts";
import { assetKeyOfPipes } from "./pipes-context.ts";

/** An exception of the process, as it told it. */
export interface PipesException {
  readonly name: string;
  readonly message: string;
  /** Text of each frame, outermost first. */
  readonly frames: readonly string[];
  readonly cause?: PipesException;
}

type ReportedMetadata = { readonly [name: string]: Json };

/** What a process tells. An asset that it leaves open is the step's only one. */
export type PipesMessage =
  | { readonly method: "opened" }
  | { readonly method: "closed"; readonly exception?: PipesException }
  | { readonly method: "log"; readonly level: string; readonly message: string }
  | {
      readonly method: "report_asset_materialization";
      readonly asset: AssetKey | undefined;
      readonly dataVersion?: string;
      readonly metadata: ReportedMetadata;
    }
  | {
      readonly method: "report_asset_check";
      readonly asset: AssetKey | undefined;
      readonly check: string;
      readonly passed: boolean;
      readonly severity: "warn" | "error";
      readonly metadata: ReportedMetadata;
    }
  | { readonly method: "report_custom_message"; readonly payload: Json }
  | { readonly method: "log_external_stream"; readonly stream: "stdout" | "stderr"; readonly text: string };

/** The field by which a message is known among other lines. */
export const pipesVersionField = "__dagster_pipes_version";

/**
 * Reads one line. The reason says what is wrong with it, as the end of a sentence; `undefined` is a line that does not
 * claim to be a message.
 */
export function parsePipesMessage(line: string): PipesMessage | { readonly reason: string } | undefined {
  const value = parsePythonJson(line);
  if (!isPlainObject(value) || !Object.hasOwn(value, pipesVersionField)) return undefined;
  const { method, params } = value;
  if (typeof method !== "string") return { reason: "has no method" };
  const read = Object.hasOwn(readers, method) ? readers[method] : undefined;
  if (read === undefined) return { reason: `has the unknown method \`${method}\`` };
  if (params !== null && params !== undefined && !isPlainObject(params))
    return { reason: `of \`${method}\` has parameters that are no mapping` };
  return read((params ?? {}) as Parameters) ?? { reason: `of \`${method}\` lacks what it needs to say` };
}

type Parameters = { readonly [name: string]: Json };

const readers: { readonly [method: string]: (parameters: Parameters) => PipesMessage | undefined } = {
  opened: () => ({ method: "opened" }),
  closed({ exception }) {
    const read = exceptionOf(exception, 10);
    return { method: "closed", ...(read === undefined ? {} : { exception: read }) };
  },
  log({ message, level }) {
    if (typeof message !== "string") return undefined;
    return { method: "log", message, level: typeof level === "string" ? level.toUpperCase() : "INFO" };
  },
  report_asset_materialization({ asset_key, data_version = null, metadata = null }) {
    const reported = metadataIn(metadata);
    if (!isKey(asset_key) || reported === undefined) return undefined;
    if (data_version !== null && typeof data_version !== "string") return undefined;
    return {
      method: "report_asset_materialization",
      asset: keyOf(asset_key),
      ...(data_version === null ? {} : { dataVersion: data_version }),
      metadata: reported,
    };
  },
  report_asset_check({ asset_key, check_name, passed, severity = "ERROR", metadata = null }) {
    const reported = metadataIn(metadata);
    if (!isKey(asset_key) || reported === undefined) return undefined;
    if (typeof check_name !== "string" || typeof passed !== "boolean") return undefined;
    const word = typeof severity === "string" ? severity.toLowerCase() : undefined;
    if (word !== "warn" && word !== "error") return undefined;
    return {
      method: "report_asset_check",
      asset: keyOf(asset_key),
      check: check_name,
      passed,
      severity: word,
      metadata: reported,
    };
  },
  report_custom_message: ({ payload = null }) => ({ method: "report_custom_message", payload }),
  log_external_stream({ stream, text }) {
    if ((stream !== "stdout" && stream !== "stderr") || typeof text !== "string") return undefined;
    return { method: "log_external_stream", stream, text };
  },
};

function isKey(value: Json | undefined): value is string | null | undefined {
  return value === undefined || value === null || typeof value === "string";
}

function keyOf(value: string | null | undefined): AssetKey | undefined {
  return typeof value === "string" ? assetKeyOfPipes(value) : undefined;
}

function metadataIn(value: Json): ReportedMetadata | undefined {
  if (value === null) return {};
  return isPlainObject(value) ? (value as ReportedMetadata) : undefined;
}

/** What was raised in its place is told where no cause was given; of a longer chain only so many are read. */
function exceptionOf(value: Json | undefined, most: number): PipesException | undefined {
  if (!isPlainObject(value) || most === 0) return undefined;
  const { name, message, stack } = value;
  const cause = exceptionOf((value["cause"] ?? value["context"]) as Json, most - 1);
  const kind = typeof name === "string" && name !== "" ? name : "Exception";
  const text = typeof message === "string" ? message.trimEnd() : "";
  return {
    name: kind,
    message: text.startsWith(`${kind}: `) ? text.slice(kind.length + 2) : text,
    frames: Array.isArray(stack) ? stack.map(String) : [],
    ...(cause === undefined ? {} : { cause }),
  };
}

/**
 * JSON as Python writes it: with `NaN` and `Infinity`, which become text, as do whole numbers too large to be exact.
 * `undefined` for what is none.
 */
function parsePythonJson(line: string): unknown {
  try {
    return /\d{16}/.test(line) ? JSON.parse(line, exactInteger) : JSON.parse(line);
  } catch {
    if (!/NaN|Infinity/.test(line)) return undefined;
  }
  const quoted = line.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
  try {
    return JSON.parse(quoted, exactInteger);
  } catch {
    return undefined;
  }
}

function exactInteger(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && /^-?\d+$/.test(source) ? source : value;
}
