import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import { parseDurationSeconds } from "../core/duration.ts";
import { didYouMean } from "../core/suggest.ts";
import { connectRecords, hasRecords } from "../instance/connect-records.ts";
import { readInstanceConfiguration } from "../instance/open-storage.ts";
import { createSimulatedProject } from "../instance/simulated-project.ts";
import { compareSimulations } from "../simulate/compare-simulations.ts";
import type { DurationModel } from "../simulate/modelled-durations.ts";
import { type SimulationInput, simulate } from "../simulate/simulate.ts";
import { noHistory, type SimulationHistory } from "../simulate/simulation-history.ts";
import { type CommandContext, CommandError } from "./command-context.ts";
import { loadDefinitions, tellWhatIsMissing } from "./load-definitions.ts";
import { momentOf } from "./moment-option.ts";
import { otherDefinitions } from "./other-definitions.ts";
import type { ProjectChoice } from "./project-choice.ts";
import { simulationPage } from "./simulation-page.ts";
import { comparisonText, simulationText } from "./simulation-text.ts";

export interface SimulateOptions extends ProjectChoice {
  readonly for: string;
  readonly from: string | undefined;
  readonly definitions: string | undefined;
  readonly compare: string | undefined;
  /** `asset@time` each. */
  readonly fail: readonly string[];
  readonly durations: DurationModel;
  readonly html: string | undefined;
  readonly json: boolean;
}

const minuteMs = 60_000;
/** Longer ones take long and tell nothing new. */
const mostDays = 366;

/** Simulates the project from what is recorded, and prints what comes of it; gives the exit code. */
export async function runSimulate(options: SimulateOptions, context: CommandContext): Promise<number> {
  const { definitions, compare, json, html, ...rest } = options;
  const { for: length, from, fail, durations, ...choice } = rest;
  if (json && html !== undefined)
    throw new CommandError("`--json` and `--html` were both given", "leave one of them out");
  const own = await loadDefinitions(choice, context);
  tellWhatIsMissing(own.snapshot, context);
  const snapshot =
    definitions === undefined ? own.snapshot : await otherDefinitions(definitions, { choice, own }, context);
  const { queue } = readInstanceConfiguration({ root: own.root, env: own.variables }).configuration;
  const question: Omit<SimulationInput, "project"> = {
    history: await historyOf(own, context),
    fromMs: startOf(from),
    forMs: lengthOf(length),
    durations,
    failures: fail.map((text) => failureOf(text, snapshot)),
    limits: queue,
  };
  context.progress("simulating");
  const simulation = simulate({ ...question, project: createSimulatedProject(snapshot) });
  const before =
    compare === undefined ? undefined : await otherDefinitions(compare, { choice, own }, context);
  const comparison =
    before === undefined
      ? undefined
      : compareSimulations(simulate({ ...question, project: createSimulatedProject(before) }), simulation);
  context.progress("");
  if (html !== undefined) {
    writeFileSync(resolve(context.folder, html), simulationPage(simulation));
    context.say(`wrote ${html}`);
  }
  if (json) {
    const printed = comparison === undefined ? simulation : { ...simulation, comparison };
    context.print(JSON.stringify(printed, undefined, 2));
  } else {
    context.print(simulationText(simulation));
    if (comparison !== undefined) context.print(`\n${comparisonText(comparison, compare as string)}`);
  }
  return 0;
}

/** What is recorded; a project that was never started has nothing. */
async function historyOf(
  {
    root,
    snapshot,
    variables,
  }: {
    readonly root: string;
    readonly snapshot: DefinitionsSnapshot;
    readonly variables: CommandContext["env"];
  },
  context: CommandContext,
): Promise<SimulationHistory> {
  if (!hasRecords(root, variables)) {
    context.say("nothing is recorded of this project yet: it is simulated as if nothing had ever run");
    return noHistory;
  }
  await using connection = await connectRecords({ root, env: variables, snapshot: async () => snapshot });
  return await connection.records.simulationHistory();
}

function startOf(from: string | undefined): number {
  const at = from === undefined ? Temporal.Now.instant().epochMilliseconds : momentOf("--from", from);
  return Math.floor(at / minuteMs) * minuteMs;
}

function lengthOf(text: string): number {
  const seconds = parseDurationSeconds(text);
  if (seconds === undefined || seconds <= 0)
    throw new CommandError(`\`--for ${text}\` is no length of time`, "such as 12h, 7d or 2w");
  if (seconds > mostDays * 86_400)
    throw new CommandError(`\`--for ${text}\` is longer than ${mostDays} days`, "simulate a shorter time");
  return seconds * 1000;
}

function failureOf(
  text: string,
  { definitions }: DefinitionsSnapshot,
): { readonly asset: string; readonly atMs: number } {
  const split = text.lastIndexOf("@");
  if (split < 1)
    throw new CommandError(`\`--fail ${text}\` names no time`, "such as mart/orders@2026-11-21T03:00");
  const asset = text.slice(0, split);
  const keys = definitions.assets.map(({ key }) => key as string);
  if (!keys.includes(asset))
    throw new CommandError(`there is no asset \`${asset}\``, didYouMean(asset, keys));
  return { asset, atMs: momentOf("--fail", text.slice(split + 1)) };
}
