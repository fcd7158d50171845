import type { DbtNode } from "../manifest.ts";
import type { NodeTest } from "./node-test.ts";

/** The words of `version:` and the models that they mean. */
export const hasVersion: { readonly [word: string]: NodeTest } = {
  latest: ofModel(({ version, latest_version: latest }) => isGiven(version) && version === latest),
  prerelease: ofModel(
    ({ version, latest_version: latest }) => isGiven(version) && isGiven(latest) && isBefore(latest, version),
  ),
  old: ofModel(
    ({ version, latest_version: latest }) => isGiven(version) && isGiven(latest) && isBefore(version, latest),
  ),
  none: ofModel(({ version }) => version === undefined || version === null),
};

type Version = number | string;

function ofModel(test: NodeTest): NodeTest {
  return (node: DbtNode) => node.resource_type === "model" && test(node);
}

function isGiven(version: Version | null | undefined): version is Version {
  return version !== undefined && version !== null;
}

/** Versions that are no numbers are compared as text. */
function isBefore(a: Version, b: Version): boolean {
  const [left, right] = [Number(a), Number(b)];
  return Number.isNaN(left) || Number.isNaN(right) ? String(a) < String(b) : left < right;
}
