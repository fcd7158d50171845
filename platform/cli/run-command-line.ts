import { Argument, Command as Commander, CommanderError, Option } from "commander";
import { didYouMean } from "../core/suggest.ts";
import {
  type ArgumentSpec,
  type Command,
  type CommandGroup,
  type CommandTable,
  isCommandGroup,
  type OptionSpec,
} from "./command.ts";
import { type CommandContext, CommandError } from "./command-context.ts";
import { tellFailure } from "./tell-failure.ts";

/**
 * Runs one command line and gives its exit code: 0 done, 1 ran and the answer is bad, 2 could not do as asked,
 * 130 interrupted. Only the command that is asked for is imported; help imports all.
 */
export async function runCommandLine(
  args: readonly string[],
  table: CommandTable,
  context: CommandContext,
): Promise<number> {
  const outcome: Outcome = {};
  try {
    const program = await programOf(args, table, context, outcome);
    await program.parseAsync(args, { from: "user" });
    return isInterrupted(context, outcome) ? 130 : (outcome.code ?? 0);
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    if (isInterrupted(context, outcome) && !(thrown instanceof CommandError)) return 130;
    context.progress("");
    return await tellFailure(thrown, context);
  }
}

const exitCodes = `
Exit codes: 0 done; 1 ran and the answer is bad; 2 could not do as asked; 130 interrupted.`;

interface Outcome {
  code?: number | undefined;
  untilStopped?: boolean;
}

function isInterrupted({ signal }: CommandContext, { untilStopped }: Outcome): boolean {
  return signal.aborted && untilStopped !== true;
}

async function programOf(
  args: readonly string[],
  table: CommandTable,
  context: CommandContext,
  outcome: Outcome,
): Promise<Commander> {
  const program = new Commander("dop")
    .description("The Declarative Open Platform: data integrations as component.yaml files.")
    .usage("COMMAND [options]")
    .option("--version", "Print the version of dop")
    .addHelpText("after", exitCodes)
    .action(async (options: { version?: boolean }) => {
      if (options.version !== true) return program.help({ error: true });
      const { dopVersion } = await import("./version.ts");
      context.print(dopVersion());
    });
  styled(program, context);
  await addAsked({ program, table, args, context, outcome });
  return program;
}

interface Addition {
  readonly program: Commander;
  readonly table: CommandTable;
  readonly args: readonly string[];
  readonly context: CommandContext;
  readonly outcome: Outcome;
}

/** Adds the command that the arguments name; all where they name none, so that help and suggestions know them. */
async function addAsked({ program, table, args, context, outcome }: Addition): Promise<void> {
  const asked = args.find((arg) => !arg.startsWith("-"));
  const known = Object.keys(table);
  if (asked !== undefined && !known.includes(asked)) {
    const path = commandPath(program);
    throw new CommandError(
      `there is no command \`dop ${path}${asked}\``,
      didYouMean(asked, known) ?? `\`dop ${path}--help\` lists what there is`,
    );
  }
  const names = asked === undefined ? known : [asked];
  const entries = await Promise.all(names.map((name) => (table[name] as CommandTable[string])()));
  const rest = asked === undefined ? args : args.slice(args.indexOf(asked) + 1);
  for (const entry of entries) {
    if (isCommandGroup(entry)) await addGroup({ program, entry, args: rest, context, outcome });
    else addCommand({ program, entry, context, outcome });
  }
}

async function addGroup({
  program,
  entry,
  args,
  context,
  outcome,
}: Omit<Addition, "table"> & { readonly entry: CommandGroup }): Promise<void> {
  const group = styled(program.command(entry.name), context)
    .summary(entry.summary)
    .description(entry.summary);
  await addAsked({ program: group, table: entry.commands, args, context, outcome });
}

function addCommand({
  program,
  entry,
  context,
  outcome,
}: Omit<Addition, "table" | "args"> & { readonly entry: Command }): void {
  const added = styled(program.command(entry.name), context)
    .summary(entry.summary)
    .description(entry.details === undefined ? `${entry.summary}.` : `${entry.summary}.\n\n${entry.details}`);
  for (const [name, spec] of Object.entries(entry.options ?? {})) added.addOption(optionOf(name, spec));
  const names = Object.keys(entry.arguments ?? {});
  for (const [name, spec] of Object.entries(entry.arguments ?? {})) added.addArgument(argumentOf(name, spec));
  added.action(async (...given: unknown[]) => {
    const options = given[names.length] as { readonly [name: string]: unknown };
    const input: Record<string, unknown> = {};
    for (const [name, spec] of Object.entries(entry.options ?? {})) {
      input[name] = options[name] ?? (spec.value === undefined ? false : spec.many === true ? [] : undefined);
    }
    names.forEach((name, index) => {
      input[name] = given[index];
    });
    outcome.untilStopped = entry.untilStopped === true;
    outcome.code = await entry.run(input, context);
  });
}

function optionOf(name: string, spec: OptionSpec): Option {
  const long = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const value = spec.value === undefined ? "" : ` <${spec.value}>`;
  const option = new Option(
    `${spec.short === undefined ? "" : `-${spec.short}, `}${long}${value}`,
    spec.summary,
  );
  if (spec.choices !== undefined) option.choices(spec.choices);
  if (spec.many === true) {
    option.argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text]);
  }
  if (spec.default !== undefined) option.default(spec.default);
  if (spec.required === true) option.makeOptionMandatory();
  return option;
}

function argumentOf(name: string, spec: ArgumentSpec): Argument {
  const inner = spec.many === true ? `${name}...` : name;
  const argument = new Argument(spec.required === true ? `<${inner}>` : `[${inner}]`, spec.summary);
  if (spec.choices !== undefined) argument.choices(spec.choices);
  return argument;
}

function styled(program: Commander, context: CommandContext): Commander {
  return program
    .exitOverride()
    .helpOption("-h, --help", "Print this help")
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .allowExcessArguments(false)
    .configureOutput({
      writeOut: (text) => context.print(text.trimEnd()),
      writeErr: (text) => context.say(text.trimEnd()),
      getOutHelpWidth: () => context.columns ?? 100,
      getErrHelpWidth: () => context.columns ?? 100,
      outputError: (text, write) =>
        write(`${text.trimEnd()}\nhint: \`dop ${commandPath(program)}--help\` shows what there is`),
    });
}

function commandPath(program: Commander): string {
  const names: string[] = [];
  for (let at: Commander | null = program; at?.parent != null; at = at.parent) names.unshift(at.name());
  return names.map((name) => `${name} `).join("");
}
