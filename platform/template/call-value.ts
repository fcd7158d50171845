import { Secret, secretMask } from "../core/secret.ts";
import { entriesOf, isMapping, typeName } from "./python-values.ts";
import {
  functionTable,
  isScopeObject,
  isTemplateFunction,
  scopeTable,
  type TemplateFunction,
} from "./scope.ts";
import { bindValues, type NamedValues, unknownParameter } from "./signature.ts";
import { TemplateError, templateError } from "./template-error.ts";

export interface Call {
  /** How messages call what is called. */
  readonly label: string;
  /** How messages call the whole call, with its arguments. */
  readonly written: string;
  readonly positional: readonly unknown[];
  readonly named: NamedValues;
}

/** Calls a template function or a scope object. What it throws becomes a TemplateError without a place. */
export function callValue(callee: unknown, call: Call): unknown {
  const run = callerOf(callee, call);
  try {
    return run() ?? null;
  } catch (error) {
    if (error instanceof TemplateError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw templateError(
      `${call.written} failed: ${withoutSecrets(message, [call.positional, { ...call.named }])}`,
    );
  }
}

/** A function may quote what it was given. */
function withoutSecrets(message: string, values: unknown): string {
  if (values instanceof Secret) {
    const text = values.reveal();
    return text === "" ? message : message.replaceAll(text, secretMask);
  }
  if (Array.isArray(values)) return values.reduce<string>(withoutSecrets, message);
  return isMapping(values)
    ? withoutSecrets(
        message,
        entriesOf(values).map(([, value]) => value),
      )
    : message;
}

function callerOf(callee: unknown, { label, positional, named }: Call): () => unknown {
  if (isTemplateFunction(callee)) return () => callFunction(callee, { label, positional, named });
  const table = isScopeObject(callee) ? callee[scopeTable] : undefined;
  if (table?.call === undefined) throw templateError(`${label} is ${typeName(callee)} and can't be called`);
  return () => table.call?.(positional, named);
}

function callFunction(
  callee: TemplateFunction,
  { label, positional, named }: Omit<Call, "written">,
): unknown {
  const { params, call } = callee[functionTable];
  const names = Object.keys(named);
  if (params === undefined) return names.length === 0 ? call(...positional) : call(...positional, named);
  const unknown = names.find((name) => !params.includes(name));
  if (unknown !== undefined) throw unknownParameter(label, unknown, params);
  return call(...bindValues(label, { params, required: 0, open: false }, positional, named));
}
