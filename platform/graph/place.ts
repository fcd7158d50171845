import type { CodeReference, Origins } from "../core/code-reference.ts";
import type { ComponentId } from "../core/definitions-snapshot.ts";
import type { Span } from "../core/span.ts";

/** What problems point at: a spec with places, and the component that made it. */
export interface Placed {
  readonly origins?: Origins;
  readonly codeReferences?: readonly CodeReference[];
}

/**
 * Where a field of a definition was written, or else the definition: the last of its references into the component's
 * file is the nearest, as the document itself comes first, and its key or name is nearer than the document; or else
 * its component.
 */
export function placeOf(
  definition: Placed,
  component: ComponentId & { readonly line?: number },
  field?: string,
): Span {
  const { codeReferences, origins } = definition;
  const origin = field === undefined ? undefined : origins?.[field];
  if (origin !== undefined) return spanOf(origin);
  const own = codeReferences?.findLast(({ file }) => file === component.file) ?? codeReferences?.[0];
  const isDocument = own === undefined || (own.file === component.file && own.line === component.line);
  const name = isDocument ? (origins?.["key"] ?? origins?.["name"]) : undefined;
  return spanOf(name ?? own ?? { file: component.file, line: component.line ?? 1 });
}

export function spanOf({ file, line, column = 1, endColumn = column }: CodeReference): Span {
  return { file, start: { line, column }, end: { line, column: endColumn } };
}
