/** Options that mean the same on every command which reads the project. */
export const projectOptions = {
  project: {
    short: "C",
    value: "folder",
    summary: "Project folder (default: the nearest above with a package.json that has `dop`)",
  },
  env: {
    short: "e",
    value: "name",
    summary: "Environment (default: DOP_ENVIRONMENT, else the first rule that matches)",
  },
} as const;

export const jsonOption = { json: { summary: "Print JSON for programs" } } as const;

/** Of processes that run for long and serve no API. */
export const healthOption = {
  healthPort: {
    value: "number",
    summary: "Answer on this port of 127.0.0.1: 200 while all is well, else 503",
  },
} as const;
