import { isReference } from "../core/reference.ts";
import { isPlainObject } from "../core/secret.ts";
import { isTemplate } from "../template/deferred-template.ts";
import { isScopeObject, isTemplateFunction, templateFunction } from "../template/scope.ts";

/** A value of user code as templates may use it: functions become callable, plain data is copied, the rest passes. */
export function templateValue(value: unknown): unknown {
  if (typeof value === "function") {
    const call = value as (...values: never[]) => unknown;
    return templateFunction((...values: never[]) => templateValue(call(...values)), paramsOf(call));
  }
  if (Array.isArray(value)) return value.map(templateValue);
  if (
    !isPlainObject(value) ||
    isReference(value) ||
    isScopeObject(value) ||
    isTemplateFunction(value) ||
    isTemplate(value)
  ) {
    return value;
  }
  if (!holdsFunction(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, templateValue(item)]));
}

function holdsFunction(value: unknown): boolean {
  if (typeof value === "function") return true;
  if (Array.isArray(value)) return value.some(holdsFunction);
  return isPlainObject(value) && Object.values(value).some(holdsFunction);
}

/** Names of a function's parameters for keyword calls; none where they are not plain names. */
function paramsOf(call: (...values: never[]) => unknown): { params?: readonly string[] } {
  const text = Function.prototype.toString.call(call);
  const match = /^(?:async\s+)?(?:function\s*\*?\s*[\w$]*\s*)?(?:[\w$]+\s*)?\(([^()]*)\)/.exec(text);
  const single = /^(?:async\s+)?([A-Za-z_$][\w$]*)\s*=>/.exec(text)?.[1];
  const written = single ?? match?.[1];
  if (written === undefined) return {};
  const names = written
    .split(",")
    .map((part) => part.replace(/=.*$/s, "").trim())
    .filter((part) => part !== "");
  return names.every((name) => /^[A-Za-z_$][\w$]*$/.test(name)) ? { params: names } : {};
}
