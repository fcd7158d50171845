import type { CommandContext } from "./command-context.ts";

/** An option: with `value` (the name that help shows) it takes text, without it is a switch. */
export interface OptionSpec {
  readonly summary: string;
  readonly short?: string;
  readonly value?: string;
  readonly required?: true;
  /** May be given several times. */
  readonly many?: true;
  readonly choices?: readonly string[];
  readonly default?: string;
}

/** An argument without a name, in the order of the list. */
export interface ArgumentSpec {
  readonly summary: string;
  readonly required?: true;
  /** Takes all that remain; only the last one may. */
  readonly many?: true;
  readonly choices?: readonly string[];
}

type Chosen<Spec> = Spec extends { readonly choices: readonly (infer Choice)[] } ? Choice : string;

type OptionValue<Spec extends OptionSpec> = Spec extends { readonly value: string }
  ? Spec extends { readonly many: true }
    ? readonly Chosen<Spec>[]
    : Spec extends { readonly required: true } | { readonly default: string }
      ? Chosen<Spec>
      : Chosen<Spec> | undefined
  : boolean;

type ArgumentValue<Spec extends ArgumentSpec> = Spec extends { readonly many: true }
  ? readonly Chosen<Spec>[]
  : Spec extends { readonly required: true }
    ? Chosen<Spec>
    : Chosen<Spec> | undefined;

export type OptionSpecs = { readonly [name: string]: OptionSpec };
export type ArgumentSpecs = { readonly [name: string]: ArgumentSpec };

/** What `run` gets: every option and argument under its name, spelled as in the declaration. */
export type CommandInput<Options extends OptionSpecs, Arguments extends ArgumentSpecs> = {
  readonly [Name in keyof Options]: OptionValue<Options[Name]>;
} & { readonly [Name in keyof Arguments]: ArgumentValue<Arguments[Name]> };

export interface CommandSpec<Options extends OptionSpecs, Arguments extends ArgumentSpecs> {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** More, below the usage line of its own help. */
  readonly details?: string;
  readonly arguments?: Arguments;
  /** `validateRequirements` is written `--validate-requirements`. */
  readonly options?: Options;
  /** Whether the signal that asks it to stop is how it ends as it should; its exit code stands then. */
  readonly untilStopped?: true;
  /** Gives the exit code; nothing means 0. */
  run(input: CommandInput<Options, Arguments>, context: CommandContext): Promise<number | undefined>;
}

/** A command without the types of its input, as the table holds it. */
export interface Command extends Omit<CommandSpec<OptionSpecs, ArgumentSpecs>, "run"> {
  run(input: { readonly [name: string]: unknown }, context: CommandContext): Promise<number | undefined>;
}

/** Commands under one word, such as `dop run list`. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: CommandTable;
}

/** Commands by name, imported when they are asked for. */
export type CommandTable = { readonly [name: string]: () => Promise<Command | CommandGroup> };

/**
 * A command. Its file imports nothing heavy at the top, because `dop --help` reads all of them; what `run` needs it
 * imports itself.
 */
export function command<const Options extends OptionSpecs, const Arguments extends ArgumentSpecs>(
  spec: CommandSpec<Options, Arguments>,
): CommandSpec<Options, Arguments> & Command {
  return spec as CommandSpec<Options, Arguments> & Command;
}

export function isCommandGroup(entry: Command | CommandGroup): entry is CommandGroup {
  return "commands" in entry;
}
