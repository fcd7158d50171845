import type { CodeReference } from "../core/asset.ts";
import type { ComponentId } from "../core/definitions-snapshot.ts";
import type { Span } from "../core/span.ts";

/** What problems point at: a spec with places, and the component that made it. */
export interface Placed {
  readonly origins?: { readonly [field: string]: CodeReference };
  readonly codeReferences?: readonly CodeReference[];
}

/** Where a field of a definition was written, or else the definition, or else its component. */
export function placeOf(
  definition: Placed,
  component: ComponentId & { readonly line?: number },
  field?: string,
): Span {
  const own =
    definition.codeReferences?.find(({ file }) => file === component.file) ?? definition.codeReferences?.[0];
  const origin = field === undefined ? undefined : definition.origins?.[field];
  return spanOf(origin ?? own ?? { file: component.file, line: component.line ?? 1 });
}

export function spanOf({ file, line, column = 1 }: CodeReference): Span {
  const place = { line, column };
  return { file, start: place, end: place };
}
