import { isPlainObject } from "../../core/secret.ts";

/** Plain data as YAML in block form; text is quoted wherever a reader could take it for something else. */
export function yamlText(value: unknown): string {
  return `${linesOf(value, "").join("\n")}\n`;
}

function linesOf(value: unknown, indent: string): string[] {
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((item) => {
      const [first = "", ...rest] = linesOf(item, `${indent}  `);
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  if (isPlainObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, item]) => {
      const nested =
        (Array.isArray(item) && item.length > 0) || (isPlainObject(item) && Object.keys(item).length > 0);
      const label = `${indent}${scalarText(key)}:`;
      return nested ? [label, ...linesOf(item, `${indent}  `)] : [`${label} ${scalarText(item)}`];
    });
  }
  return [`${indent}${scalarText(value)}`];
}

// Letters first, then nothing that YAML gives a meaning to.
const plainText = /^[A-Za-z_./][A-Za-z0-9_./ -]*$/;
const readOtherwise = /^(?:y|n|yes|no|on|off|true|false|null|\.inf|\.nan)$|\s$/i;

function scalarText(value: unknown): string {
  const isPlain = typeof value === "string" && plainText.test(value) && !readOtherwise.test(value);
  return isPlain ? value : JSON.stringify(value);
}
