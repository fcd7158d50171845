import type { AssetSpec } from "../core/asset.ts";
import { canonicalJson } from "../core/canonical-json.ts";

// Thousands of assets carry the same few conditions, partitions and policies, each as an object of its own. One
// object for all saves their memory, and whatever is found out about it is found out once.

/** Fields whose values are large and few. */
const sharedFields = [
  "automationCondition",
  "partitions",
  "freshnessPolicy",
] as const satisfies readonly (keyof AssetSpec)[];

export class SharedValues {
  readonly #byText = new Map<string, object>();

  /** The spec with the first equal object in each of its large fields. */
  share(spec: AssetSpec): AssetSpec {
    let shared = spec;
    for (const field of sharedFields) {
      const value = spec[field];
      if (value === undefined) continue;
      const same = this.#sharedOf(value);
      if (same === value) continue;
      if (shared === spec) shared = { ...spec };
      (shared as unknown as Record<string, unknown>)[field] = same;
    }
    return shared;
  }

  #sharedOf(value: object): object {
    const text = JSON.stringify(value);
    const known = this.#byText.get(text);
    if (known === undefined) this.#byText.set(text, value);
    return known ?? value;
  }
}

const texts = new WeakMap<object, string>();

/** Canonical JSON that is remembered for the object: for values that do not change and that many share. */
export function sharedCanonicalJson(value: object): string {
  let text = texts.get(value);
  if (text === undefined) {
    text = canonicalJson(value);
    texts.set(value, text);
  }
  return text;
}

export function isSharedField(field: string): boolean {
  return (sharedFields as readonly string[]).includes(field);
}
