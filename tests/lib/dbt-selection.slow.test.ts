import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { parseRunResults, parseSourceResults } from "../../lib/dbt/artifacts.ts";
import { type DbtManifest, parseManifest } from "../../lib/dbt/manifest.ts";
import { type NodeSelection, selectNodes } from "../../lib/dbt/selection/select-nodes.ts";
import { NodeSelectionError } from "../../lib/dbt/selection/selection-error.ts";
import type { SelectionState } from "../../lib/dbt/selection/selection-state.ts";
import { indirectSelections } from "../../lib/dbt/selection/selection-tree.ts";
import { type Seeded, seeded } from "../faults/seeded.ts";
import { requireTool } from "../require-tool.ts";
import { changeProject, writeProject, writeState } from "./dbt-selection-project.ts";

const fixed: readonly NodeSelection[] = [
  {},
  { exclude: "tag:staging" },
  ...[
    "@stg_customers+",
    "bogus:x",
    "resource_type:table",
    "version:newest",
    "test_type:odd",
    "state:strange",
    "source:a.b.c.d",
    "metric:a.b.c",
    "selector:core",
    "tag:,orders",
    "orders,,customers",
    "0+orders+0",
    "2+customers",
    "config.meta.level:3",
    "config.meta.hot:TRUE",
    "config.enabled:true",
    "config.severity:WARN",
    "config.tags:pii",
    "path:models/*/core",
    "path:models/**/*.sql",
    "path:./models/marts/",
    "path:**",
    "path:*",
    "path:models/marts/marts.yml",
    "models/staging/app/stg_events.sql",
    "file:stg_*.sql",
    "report.v2.sql",
    "report.v2",
    "report",
    "revenue",
    "revenue.v1",
    "revenue_v2",
    "finance.revenue.v3",
    "stg_*",
    "*_orders",
    "st[!x]_orders",
    "staging.*",
    "shop.marts.c?re.*",
    "marts",
    "core",
    "tag:n*",
    "tag:unit",
    "tag:landing",
    "group:fin*",
    "package:sh?p",
    "test_name:rel*",
    "orders_match",
    "analysis:look",
    "look",
    "resource_type:analysis",
    "int_empty",
    "retired",
    "access:private",
    "metric:total+",
    "+saved_query:by_day",
    "source:app+",
    "source:*.events",
    "source_status:fresher+",
    "result:error+ result:fail",
    "state:new",
    "state:old,resource_type:model",
    "state:modified",
    "state:modified.body",
    "state:modified.configs",
    "state:modified.relation",
    "state:modified.macros",
    "state:modified.contract",
    "state:modified.persisted_descriptions",
    "state:unmodified",
  ].map((select) => ({ select })),
  ...["core", "mixed", "again", "level", "both_ends", "kin", "missing"].map((selector) => ({ selector })),
  ...indirectSelections.flatMap((indirectSelection) => [
    { select: "customers orders", indirectSelection },
    { select: "orders stg_customers customers", exclude: "stg_customers", indirectSelection },
    { select: "+customers,tag:*", indirectSelection },
    { selector: "mixed", indirectSelection },
    { selector: "core", indirectSelection },
  ]),
];

const values = [
  "orders",
  "stg_orders",
  "customers",
  "stg_*",
  "*orders*",
  "revenue.v1",
  "shop.marts",
  "tag:nightly",
  "tag:staging",
  "path:models/marts",
  "config.materialized:view",
  "resource_type:model",
  "resource_type:test",
  "test_type:generic",
  "test_type:singular",
  "test_type:unit",
  "test_name:unique",
  "source:app",
  "source:app.clicks",
  "exposure:board",
  "metric:*",
  "group:finance",
  "access:protected",
  "version:old",
  "package:this",
  "state:modified",
  "result:error",
  "file:margin.sql",
  "semantic_model:orders",
] as const;

function randomCriterion(random: Seeded): string {
  const value = random.pick(values);
  const before = random.pick(["", "", "", "+", "1+", "2+", "@"]);
  return `${before}${value}${before === "@" ? "" : random.pick(["", "", "", "+", "+1"])}`;
}

function randomText(random: Seeded): string {
  return Array.from({ length: 1 + random.below(3) }, () =>
    Array.from({ length: 1 + random.below(2) }, () => randomCriterion(random)).join(","),
  ).join(" ");
}

function randomSelection(random: Seeded): NodeSelection {
  return {
    select: randomText(random),
    ...(random.chance(0.5) ? { exclude: randomText(random) } : {}),
    indirectSelection: random.pick(indirectSelections),
  };
}

function argumentsOf(
  { select, exclude, selector, indirectSelection }: NodeSelection,
  state: string,
): string[] {
  const words = (flag: string, text: NodeSelection["select"]): string[] =>
    text === undefined ? [] : [flag, ...String(text).split(" ")];
  return [
    ...words("--select", select),
    ...words("--exclude", exclude),
    ...words("--selector", selector),
    ...words("--indirect-selection", indirectSelection),
    ...["--state", state],
  ];
}

type Answer = { readonly ids: readonly string[] } | { readonly refused: string };

function ours(manifest: DbtManifest, selection: NodeSelection): Answer {
  try {
    return { ids: [...selectNodes(manifest, selection).ids].sort() };
  } catch (error) {
    if (error instanceof NodeSelectionError) return { refused: error.message };
    throw error;
  }
}

/** `dbt ls` lists empty models, which `dbt build` and we leave out. */
const emptyModel = "model.shop.int_empty";

function differenceOf(theirs: Answer, own: Answer): string[] {
  if ("refused" in theirs || "refused" in own) {
    const ofAnswer = (answer: Answer): string => ("refused" in answer ? answer.refused : "not refused");
    return "refused" in theirs && "refused" in own ? [] : [`${ofAnswer(theirs)} | ${ofAnswer(own)}`];
  }
  const [wanted, got] = [new Set(theirs.ids), new Set(own.ids)];
  wanted.delete(emptyModel);
  return [...wanted.difference(got)]
    .map((id) => `-${id}`)
    .concat([...got.difference(wanted)].map((id) => `+${id}`));
}

function accepted<Value extends object>(value: Value | { readonly reason: string }): Value {
  if ("reason" in value) throw new Error(String(value.reason));
  return value;
}

/** The project as it was is parsed into `state`, then it changes. */
class DbtProject {
  readonly folder = mkdtempSync(join(tmpdir(), "dop-dbt-selection-"));
  readonly state = join(this.folder, "state");
  readonly #python: string;

  constructor(dbt: string) {
    this.#python = join(dirname(dbt), "python3");
    writeProject(this.folder);
    this.answers([]);
    mkdirSync(this.state);
    cpSync(join(this.folder, "target/manifest.json"), join(this.state, "manifest.json"));
    changeProject(this.folder);
    writeState(this.state, join(this.folder, "target"));
  }

  answers(requests: readonly (readonly string[])[]): Answer[] {
    const [asked, answered] = [join(this.folder, "asked.json"), join(this.folder, "answered.json")];
    writeFileSync(asked, JSON.stringify(requests));
    const script = join(import.meta.dirname, "dbt-list.py");
    const { status, stderr } = spawnSync(this.#python, [script, this.folder, asked, answered], {
      cwd: this.folder,
      env: {
        ...process.env,
        DBT_SEND_ANONYMOUS_USAGE_STATS: "false",
        DBT_TARGET_PATH: join(this.folder, "target"),
      },
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`dbt could not answer: ${stderr}`);
    return JSON.parse(readFileSync(answered, "utf8")) as Answer[];
  }

  manifest(): DbtManifest {
    return accepted(parseManifest(readFileSync(join(this.folder, "target/manifest.json"), "utf8")));
  }

  selectionState(): SelectionState {
    const text = (path: string): string => readFileSync(join(this.folder, path), "utf8");
    return {
      manifest: accepted(parseManifest(text("state/manifest.json"))),
      runResults: accepted(parseRunResults(text("state/run_results.json"))).results,
      sources: accepted(parseSourceResults(text("state/sources.json"))),
      currentSources: accepted(parseSourceResults(text("target/sources.json"))),
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

test("dbt itself chooses the same nodes", { timeout: 900_000 }, (context) => {
  using project = new DbtProject(requireTool(context, "dbt"));
  const random = seeded(Number(process.env["DOP_FAULT_SEED"] ?? 5));
  const selections = [...fixed, ...Array.from({ length: 60 }, () => randomSelection(random))];
  const answers = project.answers(selections.map((selection) => argumentsOf(selection, project.state)));
  const manifest = project.manifest();
  const state = project.selectionState();
  const differences = selections.flatMap((selection, at) => {
    const theirs = answers[at] as Answer;
    const own = ours(manifest, { ...selection, state });
    return differenceOf(theirs, own).map((difference) => ({ ...selection, difference }));
  });
  expect(differences).toEqual([]);
  expect(answers.filter((answer) => "ids" in answer && answer.ids.length > 0).length).toBeGreaterThan(100);
});
