import { type CommandContext, CommandError } from "./command-context.ts";
import type { ProjectChoice } from "./project-choice.ts";
import { readProjectSettings } from "./project-settings.ts";

/** Where `dop server` listens, and what it wants to be shown. */
export interface ServerSettings {
  readonly root: string;
  readonly host: string;
  readonly port: number;
  readonly token?: string;
}

/** Shorter ones can be guessed. */
const shortestToken = 16;
const defaultPort = 3939;

/**
 * What the command line says, else the variable `DOP_SERVER_TOKEN`, else `dop.server` in package.json. Throws
 * CommandError where what is said there is wrong: without its token a server would be open.
 */
export function readServerSettings(
  choice: ProjectChoice,
  given: { readonly host: string | undefined; readonly port: string | undefined },
  context: CommandContext,
): ServerSettings {
  const { root, configuration, variables, problems } = readProjectSettings(choice, context);
  const wrong = problems.find(
    ({ path }) => path === "dop.server" || path?.startsWith("dop.server.") === true,
  );
  if (wrong !== undefined) throw new CommandError(`${wrong.path}: ${wrong.message}`, wrong.hint);
  const written = (configuration.settings["server"] ?? {}) as {
    readonly host?: string;
    readonly port?: number;
    readonly token?: string;
  };
  const token = variables["DOP_SERVER_TOKEN"] || written.token;
  if (token !== undefined && token.length < shortestToken)
    throw new CommandError(`the server's token is shorter than ${shortestToken} characters`);
  return {
    root,
    host: given.host ?? written.host ?? "127.0.0.1",
    port: numberOf("--port", given.port, { most: 65_535 }) ?? written.port ?? defaultPort,
    ...(token === undefined ? {} : { token }),
  };
}

/** A whole number that was given as an option; throws CommandError. */
export function numberOf(
  option: string,
  text: string | undefined,
  { least = 0, most }: { readonly least?: number; readonly most: number },
): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most)
    throw new CommandError(`${option} is a whole number from ${least} to ${most}`);
  return number;
}
