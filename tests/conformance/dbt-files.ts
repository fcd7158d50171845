import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { type DbtRunResults, parseRunResults } from "../../lib/dbt/artifacts.ts";
import { type DbtManifest, parseManifest } from "../../lib/dbt/manifest.ts";

/** Manifests and logs that the dbt cases name; each is read once. */
export class DbtFiles {
  readonly #folder: string;
  readonly #manifests = new Map<string, DbtManifest>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** `mapproj.json`, `manifests/mapproj.json` or `dbt_logs/manifest.json`. */
  manifest(name: string): DbtManifest {
    let manifest = this.#manifests.get(name);
    if (manifest === undefined) {
      manifest = accepted(parseManifest(this.#text(name.includes("/") ? name : `manifests/${name}`)));
      this.#manifests.set(name, manifest);
    }
    return manifest;
  }

  runResults(name: string): DbtRunResults {
    return accepted(parseRunResults(this.#text(name)));
  }

  lines(name: string): string[] {
    return this.#text(name).split("\n");
  }

  has(name: string): boolean {
    return existsSync(this.#path(name));
  }

  #text(name: string): string {
    const path = this.#path(name);
    return existsSync(path) ? readFileSync(path, "utf8") : gunzipSync(readFileSync(`${path}.gz`)).toString();
  }

  #path(name: string): string {
    return resolve(this.#folder, name.replace(/^dbt_logs\//, "logs/"));
  }
}

function accepted<Value extends object>(value: Value | { readonly reason: string }): Value {
  if ("reason" in value) throw new Error(`the file ${String(value.reason)}`);
  return value;
}
