import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { CaseResult } from "./conformance.ts";
import { assetAnswer } from "./dbt-asset-cases.ts";
import type { Answer, DbtCase } from "./dbt-case.ts";
import { checkAnswer } from "./dbt-check-cases.ts";
import { DbtFiles } from "./dbt-files.ts";
import { logAnswer } from "./dbt-log-cases.ts";
import { selectionAnswer } from "./dbt-selection-cases.ts";

const answers: { readonly [kind: string]: (one: DbtCase, files: DbtFiles) => Answer } = {
  selection: selectionAnswer,
  "asset-mapping": assetAnswer,
  "check-mapping": checkAnswer,
  "log-event": logAnswer,
};

/** Plays the cases of `dbt/cases.json`. */
export async function runDbtCases(folder: string): Promise<CaseResult[]> {
  const cases = JSON.parse(readFileSync(resolve(folder, "dbt/cases.json"), "utf8")) as DbtCase[];
  const files = new DbtFiles(resolve(folder, "dbt"));
  return cases.map((one) => ({ id: one.id, failures: failuresOf(one, files) }));
}

function failuresOf(one: DbtCase, files: DbtFiles): string[] {
  try {
    const answerOf = answers[one.kind];
    if (answerOf === undefined) throw new Error(`unknown kind ${one.kind}`);
    const answer = answerOf(one, files);
    return Object.entries(one.expect).flatMap(([field, wanted]) => {
      if (field === "note") return [];
      const got = JSON.parse(JSON.stringify(answer(field) ?? null));
      return isDeepStrictEqual(got, wanted)
        ? []
        : [`${field} is ${JSON.stringify(got).slice(0, 2000)}, not ${JSON.stringify(wanted).slice(0, 2000)}`];
    });
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
}
