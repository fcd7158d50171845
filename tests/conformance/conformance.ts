// `conformance` runs the shared cases against dop; the cases are data, and a case's id never decides an answer.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { runConditionCases } from "./automation-area.ts";
import { runComponentCases } from "./component-cases.ts";
import { runDbtCases } from "./dbt-cases.ts";
import { runOpenPlatformCases } from "./open-platform-cases.ts";
import { runTimeCases } from "./time-areas.ts";

/** The answer to one case; `failures` say what differed. */
export interface CaseResult {
  readonly id: string;
  readonly failures: readonly string[];
}

export interface AreaResult {
  readonly area: string;
  readonly passed: readonly string[];
  readonly failed: readonly CaseResult[];
  readonly waived: readonly { readonly id: string; readonly reason: string }[];
}

type Waivers = { readonly [id: string]: string };

interface Area {
  readonly name: string;
  readonly file: string;
  readonly run: (folder: string) => Promise<CaseResult[]>;
  readonly waivers: Waivers;
}

const stateBacked = "state-backed components: dop keeps what an outside system says in a reviewed lock.yaml";

const areas: readonly Area[] = [
  {
    name: "components",
    file: "components.json",
    run: runComponentCases,
    waivers: {
      "state-02-after-refresh": stateBacked,
      "state-03-refresh-failure-is-reported": stateBacked,
      "state-05-duplicate-key-warning": stateBacked,
    },
  },
  {
    name: "automation",
    file: "automation.json",
    run: runConditionCases,
    waivers: {
      "eager-08": "an update resets from the start of its run, as rec-02 recommends for the same history",
    },
  },
  {
    name: "partition-mapping",
    file: "automation.json",
    run: runTimeCases("partition-mapping"),
    waivers: {
      "map-invalid-11": "dop has multi partitions of any number of dimensions, as the case allows",
      "map-invalid-12": "keys of several dimensions are JSON here, so a bar in one is no danger",
    },
  },
  { name: "cron", file: "automation.json", run: runTimeCases("cron"), waivers: {} },
  { name: "freshness", file: "automation.json", run: runTimeCases("freshness"), waivers: {} },
  { name: "dop", file: "dop/expected.json", run: runOpenPlatformCases, waivers: {} },
  {
    name: "dbt",
    file: "dbt/cases.json",
    run: runDbtCases,
    waivers: {
      "cm-066":
        "names are handed over as they are; the case itself asks to keep under the system's limit instead",
    },
  },
];

/** Where the cases lie: `DOP_CONFORMANCE_DIR`, else `shared/conformance` beside the project. */
export function conformanceFolder(): string {
  return resolve(
    process.env["DOP_CONFORMANCE_DIR"] ?? resolve(import.meta.dirname, "../../../shared/conformance"),
  );
}

/** Areas whose file is not there are left out; a waived case that passes counts as passed. */
export async function runConformance(folder: string): Promise<AreaResult[]> {
  const results: AreaResult[] = [];
  for (const area of areas) {
    if (!existsSync(resolve(folder, area.file))) continue;
    const cases = await area.run(folder);
    const bad = cases.filter(({ failures }) => failures.length > 0);
    results.push({
      area: area.name,
      passed: cases.filter(({ failures }) => failures.length === 0).map(({ id }) => id),
      failed: bad.filter(({ id }) => area.waivers[id] === undefined),
      waived: bad.flatMap(({ id }) => {
        const reason = area.waivers[id];
        return reason === undefined ? [] : [{ id, reason }];
      }),
    });
  }
  return results;
}
