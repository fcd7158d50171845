import { readFileSync, statSync } from "node:fs";
import { type DbtManifest, parseManifest } from "./manifest.ts";

type Parsed = DbtManifest | { readonly reason: string };

/** How long a manifest that nobody asks for stays in memory. */
const keptMs = 30_000;

const known = new Map<string, { readonly look: string; readonly parsed: Parsed; forget: NodeJS.Timeout }>();

/**
 * The manifest of a file, read once for all components that share it while definitions load. Manifests may be larger
 * than what people write, so the limit of text files does not hold for them.
 */
export function sharedManifest(path: string): Parsed {
  const { size, mtimeMs, ino } = statSync(path);
  const look = `${size} ${mtimeMs} ${ino}`;
  const found = known.get(path);
  if (found !== undefined) clearTimeout(found.forget);
  const parsed = found?.look === look ? found.parsed : parseManifest(readFileSync(path, "utf8"));
  known.set(path, { look, parsed, forget: setTimeout(() => known.delete(path), keptMs).unref() });
  return parsed;
}
