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
