import { canonicalJson } from "../core/canonical-json.ts";
import type { Asset } from "../core/definitions-snapshot.ts";

/** From here on two assets are more alike than different. */
const leastLikeness = 0.6;
/** Comparing many thousand with many thousand would take longer than anybody waits for a guess. */
const mostPairs = 250_000;

/** For added assets the removed one that each resembles most: by words of the key and by what is declared of both. */
export function findRenames(removed: readonly Asset[], added: readonly Asset[]): Map<string, string> {
  if (removed.length * added.length > mostPairs) return new Map();
  const traits = new Map([...removed, ...added].map((asset) => [asset, traitsOf(asset)]));
  const pairs = removed
    .flatMap((old) => added.map((fresh) => ({ old, fresh, likeness: likenessOf([old, fresh], traits) })))
    .filter(({ likeness }) => likeness >= leastLikeness)
    .sort((a, b) => b.likeness - a.likeness);
  const renames = new Map<string, string>();
  const used = new Set<string>();
  for (const { old, fresh } of pairs) {
    if (renames.has(fresh.key) || used.has(old.key)) continue;
    renames.set(fresh.key, old.key);
    used.add(old.key);
  }
  return renames;
}

function likenessOf(
  [old, fresh]: readonly [Asset, Asset],
  traits: ReadonlyMap<Asset, ReadonlySet<string>>,
): number {
  const said = shared(traits.get(old) as ReadonlySet<string>, traits.get(fresh) as ReadonlySet<string>);
  return 0.5 * said + 0.5 * shared(new Set(pairsOfLetters(old.key)), new Set(pairsOfLetters(fresh.key)));
}

/** How much of both sets lies in both, from 0 to 1. */
function shared(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0 && b.size === 0) return 0;
  const both = [...a].filter((one) => b.has(one)).length;
  return both / (a.size + b.size - both);
}

function pairsOfLetters(key: string): string[] {
  return Array.from({ length: Math.max(0, key.length - 1) }, (_, index) => key.slice(index, index + 2));
}

const telling = [
  "deps",
  "description",
  "metadata",
  "tags",
  "kinds",
  "owners",
  "groupName",
  "automationCondition",
  "freshnessPolicy",
  "partitions",
  "codeVersion",
  "io",
  "materializable",
] as const;

/** What is declared of an asset, a text for each item of lists and mappings. */
function traitsOf(asset: Asset): Set<string> {
  const traits = new Set<string>();
  if (asset.component !== undefined) traits.add(`type ${asset.component.type}`);
  for (const field of telling) {
    const value: unknown = asset[field];
    if (Array.isArray(value)) for (const item of value) traits.add(`${field} ${item}`);
    else if (typeof value === "object" && value !== null && (field === "tags" || field === "metadata")) {
      for (const [name, item] of Object.entries(value)) traits.add(`${field} ${name} ${canonicalJson(item)}`);
    } else if (value !== undefined) traits.add(`${field} ${canonicalJson(value)}`);
  }
  return traits;
}
