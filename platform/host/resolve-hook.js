// Makes `#platform` and `dop` mean this installation in every process that runs a project's code.
//
// Loaded before anything else: by `dop` itself, and by children as `--import <this file>`. A project elsewhere
// has a package.json of its own, so Node alone would look for `#platform` there.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { withoutTypes } from "./strip-types.js";

const installation = new URL("../../", import.meta.url).href;
const isPackage = installation.includes("/node_modules/");

/** @type {Map<string, string>} */
const entryPoints = new Map(
  ["#platform", "dop"].flatMap((name) => [
    [name, `${installation}platform/index.ts`],
    [`${name}/testing`, `${installation}platform/testing.ts`],
  ]),
);

/** @type {import("node:module").ResolveHookSync} */
function resolve(specifier, context, nextResolve) {
  const url = entryPoints.get(specifier);
  if (url !== undefined) return { url, format: "module-typescript", shortCircuit: true };
  const own = resolveOwn(specifier, context.parentURL);
  if (own !== undefined) return own;
  const resolved = isSchemaLibrary.test(specifier)
    ? resolveSchemaLibrary(specifier, context, nextResolve)
    : nextResolve(specifier, context);
  // Without "type" in the project's package.json Node would try CommonJS first and warn about it.
  if (resolved.format == null && resolved.url.endsWith(".ts"))
    return { ...resolved, format: "module-typescript" };
  return resolved;
}

const ownFolders = [`${installation}platform/`, `${installation}node_modules/typebox/`];

/**
 * Between dop's own modules the written path is the whole answer; asking Node costs a look at the disk for each.
 * @param {string} specifier
 * @param {string | undefined} parentURL
 */
function resolveOwn(specifier, parentURL) {
  if (parentURL === undefined || !specifier.startsWith(".")) return undefined;
  const format = specifier.endsWith(".ts")
    ? "module-typescript"
    : specifier.endsWith(".mjs")
      ? "module"
      : undefined;
  if (format === undefined || !ownFolders.some((folder) => parentURL.startsWith(folder))) return undefined;
  const { href } = new URL(specifier, parentURL);
  return ownFolders.some((folder) => href.startsWith(folder))
    ? { url: href, format, shortCircuit: true }
    : undefined;
}

const isSchemaLibrary = /^typebox($|\/)/;

/**
 * Component classes write their schemas with typebox; a project that has none of its own uses dop's.
 * @type {import("node:module").ResolveHookSync}
 */
function resolveSchemaLibrary(specifier, context, nextResolve) {
  try {
    return nextResolve(specifier, context);
  } catch {
    return nextResolve(specifier, { ...context, parentURL: `${installation}package.json` });
  }
}

/**
 * Node strips no types below node_modules; our own files there are stripped here.
 * @type {import("node:module").LoadHookSync}
 */
function load(url, context, nextLoad) {
  if (!url.startsWith(`${installation}platform/`) && !url.startsWith(`${installation}lib/`)) {
    return nextLoad(url, context);
  }
  if (!url.endsWith(".ts")) return nextLoad(url, context);
  const source = withoutTypes(readFileSync(fileURLToPath(url), "utf8"));
  return { format: "module", source, shortCircuit: true };
}

registerHooks(isPackage ? { resolve, load } : { resolve });
