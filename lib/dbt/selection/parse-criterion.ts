import { didYouMean } from "#platform";
import { type MethodName, methodNames } from "./method-names.ts";
import { NodeSelectionError, type TextPlace } from "./selection-error.ts";
import type { Criterion, IndirectSelection } from "./selection-tree.ts";

/** `@2+config.materialized:table+3`: every part besides the value may be missing. */
const criterionPattern =
  /^(?<all>@)?(?<up>(?<upDepth>\d*)\+)?(?:(?<method>[\p{L}\p{N}_.]+):)?(?<value>.*?)(?<down>\+(?<downDepth>\d*))?$/su;

/** Reads one criterion as it stands between blanks and commas; `begin` is where, if it stands in a text. */
export function parseCriterion(
  text: string,
  indirect: IndirectSelection,
  begin?: { readonly of: TextPlace["of"]; readonly start: number },
): Criterion {
  const placeOf = (from: number, length: number): TextPlace | undefined =>
    begin && { of: begin.of, start: begin.start + from, end: begin.start + from + length };
  const place = placeOf(0, text.length);
  const parts = criterionPattern.exec(text)?.groups as { [part: string]: string | undefined } | undefined;
  if (parts === undefined) throw new NodeSelectionError(`\`${text}\` is no criterion`, { place });
  const { all, up, upDepth, method, value = "", down, downDepth } = parts;
  if (all !== undefined && down !== undefined) {
    throw new NodeSelectionError(
      `\`${text}\` begins with \`@\` and ends with \`+\`, which exclude each other`,
      {
        place,
        hint: "`@` takes all descendants already: leave the `+` at the end out",
      },
    );
  }
  const methodPlace = placeOf((all?.length ?? 0) + (up?.length ?? 0), method?.length ?? 0);
  const [name, ...args] = methodOf(method, value, methodPlace);
  return {
    kind: "criterion",
    method: name,
    arguments: args,
    value,
    withAncestorsOfDescendants: all !== undefined,
    up: up === undefined ? 0 : depthOf(upDepth),
    down: down === undefined ? 0 : depthOf(downDepth),
    indirect,
    text,
    place,
  };
}

/** The method as written, or the one that the value looks like: a path, a file, else a name. Throws for unknown ones. */
export function methodOf(
  written: string | undefined,
  value: unknown,
  place?: TextPlace,
): [MethodName, ...string[]] {
  if (written === undefined) return [methodForValue(String(value))];
  const [name, ...args] = written.split(".") as [string, ...string[]];
  if (isMethodName(name)) return [name, ...args];
  throw new NodeSelectionError(`there is no selection method \`${name}\``, {
    place,
    hint: didYouMean(name, methodNames) ?? `known: ${methodNames.join(", ")}`,
  });
}

function isMethodName(name: string): name is MethodName {
  return (methodNames as readonly string[]).includes(name);
}

function methodForValue(value: string): MethodName {
  if (value.includes("/")) return "path";
  return /\.(sql|py|csv)$/i.test(value) ? "file" : "fqn";
}

function depthOf(written: string | undefined): number {
  return written === undefined || written === "" ? Number.POSITIVE_INFINITY : Number(written);
}
