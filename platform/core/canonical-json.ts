/**
 * JSON text that is equal for equal data: keys sorted by UTF-16 code units, no blanks (RFC 8785).
 *
 * Fields that are `undefined` are left out; throws TypeError for what JSON cannot hold.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`JSON cannot hold ${value}`);
      return JSON.stringify(value);
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return canonicalList(value);
      if ("toJSON" in value && typeof value.toJSON === "function") return canonicalJson(value.toJSON());
      return canonicalMapping(value as Record<string, unknown>);
    default:
      throw new TypeError(`JSON cannot hold a ${typeof value}`);
  }
}

// Texts are put together by hand: ten thousand assets pass through here at every load.

function canonicalList(list: readonly unknown[]): string {
  let text = "[";
  for (let index = 0; index < list.length; index++) {
    if (index > 0) text += ",";
    text += canonicalJson(list[index] ?? null);
  }
  return `${text}]`;
}

function canonicalMapping(mapping: Record<string, unknown>): string {
  let text = "{";
  for (const key of Object.keys(mapping).sort()) {
    const item = mapping[key];
    if (item === undefined) continue;
    if (text.length > 1) text += ",";
    text += `${JSON.stringify(key)}:${canonicalJson(item)}`;
  }
  return `${text}}`;
}
