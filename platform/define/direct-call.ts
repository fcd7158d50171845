import type { TSchema } from "typebox";
import { type StepContext, StepError } from "./step.ts";
import { withDefaults } from "./typed-config.ts";

/**
 * What a direct call may be given: inputs and resources by name, `config` (the schema's defaults fill it), and
 * anything of the step's context that the function uses. The log is silent; what only a run can do throws.
 */
export type DirectInput<Values, Config> = Partial<Values> & {
  readonly config?: Config extends object ? Partial<Config> : Config;
  // biome-ignore lint/suspicious/noExplicitAny: resources and stand-ins for parts of the context
  readonly [name: string]: any;
};

/** What a function gets in a direct call. */
export function directInput(
  given: { readonly [name: string]: unknown },
  schema: TSchema | undefined,
): { readonly [name: string]: unknown } {
  const input: Record<string, unknown> = Object.create(directContext);
  const resources = { ...given };
  const whole = { resources, ...given, config: withDefaults(schema, given["config"] as undefined) };
  for (const [name, value] of Object.entries({ context: input, ...whole })) {
    Object.defineProperty(input, name, { value, enumerable: true, configurable: true });
  }
  return input;
}

const silent = (): void => {};
const inRunOnly = (name: string) => (): never => {
  throw new StepError(
    `\`${name}\` works within a run: give the call one of your own, or run it with \`materialize\` of #platform/testing`,
    { retry: "never" },
  );
};

const runOnly = [
  "load",
  "relation",
  "query",
  "store",
  "value",
  "output",
  "attach",
  "subprocess",
  "latestMetadata",
];

const directContext: Partial<StepContext> = {
  attempt: 1,
  selectedAssets: [],
  selectedChecks: [],
  partition: undefined,
  tags: {},
  mappingKey: undefined,
  job: undefined,
  log: { debug: silent, info: silent, warning: silent, error: silent },
  signal: new AbortController().signal,
  materialized: silent,
  observed: silent,
  addMetadata: silent,
  checked: silent,
  ...Object.fromEntries(runOnly.map((name) => [name, inRunOnly(name)])),
};
