import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { RuleSettings } from "../core/loaded-project.ts";
import type { ProblemCode } from "../core/problem.ts";
import { startOf } from "../core/span.ts";
import { didYouMean } from "../core/suggest.ts";
import type { CollectedAsset, CollectedCheck } from "./collected.ts";
import { defaultGroup } from "./merge-assets.ts";
import type { MergeProblems } from "./merge-problems.ts";
import { placeOf } from "./place.ts";

interface Rule {
  readonly code: ProblemCode;
  readonly word: string;
  readonly hint: string;
  readonly isKept: (asset: CollectedAsset, checked: ReadonlySet<AssetKey>) => boolean;
}

/** What a project may ask of every asset, by the names in `dop.rules`. */
const rules: { readonly [name: string]: Rule } = {
  description: {
    code: "rule-description",
    word: "description",
    hint: "say in one sentence what the asset holds: `description:`",
    isKept: ({ spec }) => (spec.description ?? "").trim() !== "",
  },
  owner: {
    code: "rule-owner",
    word: "owner",
    hint: "name a person or a team: `owners: [team:data]`",
    isKept: ({ spec }) => (spec.owners ?? []).length > 0,
  },
  group: {
    code: "rule-group",
    word: "group",
    hint: "name one: `group_name:`",
    isKept: ({ spec }) => (spec.groupName ?? defaultGroup) !== defaultGroup,
  },
  check: {
    code: "rule-check",
    word: "check",
    hint: "add one, for example with ChecksComponent",
    // Nobody here can mend what is made elsewhere.
    isKept: ({ spec, step }, checked) => step === undefined || checked.has(spec.key),
  },
};

/** Tells of assets that do not keep the project's rules; a rule that is not listed is off. */
export function checkRules(
  assets: Iterable<CollectedAsset>,
  {
    checks,
    rules: settings,
    problems,
  }: { checks: ReadonlyMap<CheckKey, CollectedCheck>; rules: RuleSettings; problems: MergeProblems },
): void {
  const active = Object.entries(settings).flatMap(([name, setting]) => {
    const rule = rules[name];
    if (rule === undefined) {
      problems.report({
        code: "invalid-configuration",
        message: `\`dop.rules\` has no rule \`${name}\``,
        hint: didYouMean(name, Object.keys(rules)) ?? `rules are ${Object.keys(rules).join(", ")}`,
        span: startOf("package.json"),
      });
      return [];
    }
    if (setting === "off") return [];
    const { severity = "warning", exempt = [] } =
      typeof setting === "string" ? { severity: setting } : setting;
    return [{ rule, severity, exempt }];
  });
  if (active.length === 0) return;
  const checked = new Set(Array.from(checks.values(), ({ asset }) => asset));
  for (const asset of assets) {
    const { spec, component } = asset;
    for (const { rule, severity, exempt } of active) {
      if (rule.isKept(asset, checked) || exempt.some((folder) => isInside(component.folder, folder)))
        continue;
      // A rule judges a description of the asset, not its working: it quarantines nothing.
      problems.report({
        code: rule.code,
        severity,
        message: `the asset \`${spec.key}\` has no ${rule.word}`,
        hint: rule.hint,
        span: placeOf(spec, component),
      });
    }
  }
}

function isInside(folder: string, outer: string): boolean {
  const wanted = outer.replace(/^\.\//, "").replace(/\/+$/, "");
  return folder === wanted || folder.startsWith(`${wanted}/`);
}
