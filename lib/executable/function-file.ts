import type { ComponentContext } from "#platform";

/**
 * The TypeScript file that a function reference names, relative to the component's folder, if it is there.
 *
 * `./usage.ts#fn` names it outright; `.usage.fn` is `usage.ts`, and `.jobs.usage.fn` is `jobs/usage.ts`. A dotted
 * path without a leading dot names a module of another language and has none.
 */
export function functionFile(
  context: Pick<ComponentContext, "exists">,
  reference: string,
): string | undefined {
  const [file, name] = reference.split("#");
  if (file !== undefined && name !== undefined) return context.exists(file) ? file : undefined;
  if (!reference.startsWith(".") || reference.startsWith("./")) return undefined;
  const modules = reference.slice(1).split(".").slice(0, -1);
  if (modules.length === 0) return undefined;
  const path = `${modules.join("/")}.ts`;
  return context.exists(path) ? path : undefined;
}
