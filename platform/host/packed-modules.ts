import { registerHooks } from "node:module";

/** Exports of modules by the URL that each has outside the pack. */
export interface PackedModules {
  readonly [url: string]: Readonly<Record<string, unknown>>;
}

const scheme = "dop-packed:";

/**
 * Makes every later import of a module that a pack holds give the pack's instance: a second one would know nothing of
 * the first's state. What the pack itself imports is looked for from `home`, where its modules come from.
 */
export function servePacked(
  packed: PackedModules,
  { packUrl, home }: { packUrl: string; home: string },
): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const from = context.parentURL === packUrl ? { ...context, parentURL: home } : context;
      const resolved = nextResolve(specifier, from);
      return resolved.url in packed
        ? { url: `${scheme}${resolved.url}`, format: "module", shortCircuit: true }
        : resolved;
    },
    load(url, context, nextLoad) {
      if (!url.startsWith(scheme)) return nextLoad(url, context);
      const own = url.slice(scheme.length);
      const names = Object.keys(packed[own] as object).join(", ");
      const source = `import { packed } from ${JSON.stringify(packUrl)};\nexport const { ${names} } = packed[${JSON.stringify(own)}];\n`;
      return { format: "module", source, shortCircuit: true };
    },
  });
}
