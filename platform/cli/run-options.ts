import { parseDurationSeconds } from "../core/duration.ts";
import type { MaterializeRequest } from "../instance/runs.ts";
import { type CommandContext, CommandError } from "./command-context.ts";

/** Options of every command that starts a run. */
export const runOptions = {
  config: {
    value: "file|key=value",
    summary: "Config: a YAML or JSON file, or one value, such as `limit=10` or `steps.orders.limit=10`",
    many: true,
  },
  partition: {
    short: "p",
    value: "set",
    summary:
      "Partitions, such as `2026-01-31`, `2026-01-01..2026-01-31`, `a,b` or `day=2026-01-01..2026-01-31,region=eu`",
  },
  tag: { short: "t", value: "key=value", summary: "Tag of the run", many: true },
  priority: { value: "number", summary: "In the queue the higher one goes first (default: 0)" },
  maxRuntime: { value: "length", summary: "The run fails when it takes longer, such as `2h`" },
  retries: { value: "count", summary: "How often a failed run is started again, from where it failed" },
} as const;

export interface RunOptionsInput {
  readonly config: readonly string[];
  readonly partition: string | undefined;
  readonly tag: readonly string[];
  readonly priority: string | undefined;
  readonly maxRuntime: string | undefined;
  readonly retries: string | undefined;
}

/** What the options ask for, besides the target. Throws CommandError. */
export async function askedOfRun(
  { config, partition, tag, priority, maxRuntime, retries }: RunOptionsInput,
  context: Pick<CommandContext, "folder">,
): Promise<Omit<MaterializeRequest, "target">> {
  return {
    ...(await configOf(config, context)),
    ...(partition === undefined ? {} : { partition }),
    tags: Object.fromEntries(tag.map(tagOf)),
    ...(priority === undefined ? {} : { priority: wholeNumber("--priority", priority) }),
    ...(maxRuntime === undefined ? {} : { maxRuntimeSeconds: secondsOf("--max-runtime", maxRuntime) }),
    ...(retries === undefined
      ? {}
      : {
          retryPolicy: {
            maxRetries: wholeNumber("--retries", retries, 0),
            strategy: "from_failure",
            onStepFailure: true,
          },
        }),
  };
}

/** `key=value`. Throws CommandError. */
export function tagOf(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new CommandError(`\`${text}\` is no tag`, "write it as `key=value`");
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Seconds of a length above 0, such as `90m`. Throws CommandError. */
export function secondsOf(option: string, text: string): number {
  const seconds = parseDurationSeconds(text);
  if (seconds !== undefined && seconds > 0) return seconds;
  throw new CommandError(`${option}: \`${text}\` is no length of time`, "write it as `90m`, `36h` or `30d`");
}

/** Throws CommandError. */
export function wholeNumber(option: string, text: string, least = Number.MIN_SAFE_INTEGER): number {
  const number = Number(text);
  if (/^-?\d{1,15}$/.test(text) && number >= least) return number;
  throw new CommandError(`${option} is a whole number${least === 0 ? " from 0 on" : ""}`);
}

async function configOf(
  given: readonly string[],
  context: Pick<CommandContext, "folder">,
): Promise<Pick<MaterializeRequest, "config" | "settings">> {
  const settings = given.filter((text) => text.includes("="));
  const files = given.filter((text) => !text.includes("="));
  if (files.length > 1) throw new CommandError("--config takes one file", "join them into one");
  const [file] = files;
  const { readRunConfig } = file === undefined ? {} : await import("./run-config-file.ts");
  return {
    ...(file === undefined || readRunConfig === undefined ? {} : { config: readRunConfig(file, context) }),
    ...(settings.length === 0 ? {} : { settings: Object.fromEntries(settings.map(settingOf)) }),
  };
}

function settingOf(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new CommandError(`\`${text}\` is no setting`, "write it as `key=value`");
  return [text.slice(0, at), text.slice(at + 1)];
}
