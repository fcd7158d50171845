import { type CheckOutcome, isPlainObject, type MaterializeOptions, type RawMetadata } from "#platform";

/** What a script said of its assets and checks, by their keys. */
export interface ScriptReport {
  readonly assets: { readonly [asset: string]: MaterializeOptions };
  readonly checks: { readonly [check: string]: CheckOutcome };
}

/**
 * Reads a script's report from one line of JSON. A mapping without `assets` and `checks` is metadata of the only
 * asset. The reason says what is wrong with it, as the end of a sentence.
 */
export function parseScriptReport(
  line: string,
  known: { readonly assets: readonly string[]; readonly checks: readonly string[] },
): ScriptReport | { reason: string } {
  const value = parseJson(line);
  if (!isPlainObject(value))
    return { reason: "is no JSON object, but `metadata_from: stdout_json` wants one" };
  if (value["assets"] === undefined && value["checks"] === undefined) {
    const [only, ...others] = known.assets;
    if (only === undefined || others.length > 0) return { reason: "has neither `assets` nor `checks`" };
    return { assets: { [only]: { metadata: value as RawMetadata } }, checks: {} };
  }
  const { assets = {}, checks = {}, ...rest } = value;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) return { reason: `has an unknown key \`${unknown}\`` };
  if (!isPlainObject(assets) || !isPlainObject(checks))
    return { reason: "holds `assets` or `checks` that is no mapping" };
  const stranger =
    Object.keys(assets).find((key) => !known.assets.includes(key)) ??
    Object.keys(checks).find((key) => !known.checks.includes(key));
  if (stranger !== undefined) return { reason: `tells of \`${stranger}\`, which is not of this step` };
  const outcomes: Record<string, CheckOutcome> = {};
  for (const [key, written] of Object.entries(checks)) {
    const outcome = outcomeOf(written);
    if (outcome === undefined) return { reason: `does not say whether \`${key}\` passed` };
    outcomes[key] = outcome;
  }
  return {
    assets: Object.fromEntries(Object.entries(assets).map(([key, written]) => [key, optionsOf(written)])),
    checks: outcomes,
  };
}

function optionsOf(written: unknown): MaterializeOptions {
  if (!isPlainObject(written)) return {};
  const { metadata, data_version } = written;
  return {
    ...(isPlainObject(metadata) ? { metadata: metadata as RawMetadata } : {}),
    ...(typeof data_version === "string" ? { dataVersion: data_version } : {}),
  };
}

function outcomeOf(written: unknown): CheckOutcome | undefined {
  if (typeof written === "boolean") return { passed: written };
  if (!isPlainObject(written) || typeof written["passed"] !== "boolean") return undefined;
  const severity = typeof written["severity"] === "string" ? written["severity"].toLowerCase() : "error";
  return {
    passed: written["passed"],
    severity: severity === "warn" ? "warn" : "error",
    ...(typeof written["description"] === "string" ? { description: written["description"] } : {}),
    ...(isPlainObject(written["metadata"]) ? { metadata: written["metadata"] as RawMetadata } : {}),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
