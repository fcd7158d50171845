import { deferred, opSpecSchema, type Static, Type } from "#platform";

const closed = { additionalProperties: false };
/** One of some words. */
const choice = <const T extends string>(values: readonly T[], description: string, fallback: T) =>
  Type.Unsafe<T>(
    Type.Union(
      values.map((value) => Type.Literal(value)),
      { description, default: fallback },
    ),
  );

const names = (description: string) => Type.Optional(Type.Array(Type.String(), { description }));

const docker = Type.Object(
  {
    image: Type.String({ minLength: 1, description: "Image that has dbt and its adapter." }),
    command: Type.Optional(Type.String({ description: "The Docker client; `docker` unless given." })),
    project_dir: Type.Optional(
      Type.String({ description: "The project's folder in the image; unless given the project is mounted." }),
    ),
    network: Type.Optional(Type.String({ description: "Network that the container joins." })),
    volumes: names("Further mounts, such as `/data:/data:ro`."),
    pass_env: names("Variables of the worker that the container gets."),
    args: names("Further arguments of `docker run`."),
  },
  { ...closed, description: "dbt in a container of its own." },
);

const kubernetes = Type.Object(
  {
    image: Type.String({ minLength: 1, description: "Image that has the project, dbt and its adapter." }),
    project_dir: Type.String({ minLength: 1, description: "The project's folder in the image." }),
    command: Type.Optional(Type.String({ description: "The Kubernetes client; `kubectl` unless given." })),
    namespace: Type.String({ default: "default", description: "Namespace of the pod." }),
    context: Type.Optional(Type.String({ description: "Context of the client's configuration." })),
    service_account: Type.Optional(Type.String({ description: "Service account of the pod." })),
    secrets: names("Secrets of the namespace whose keys become variables."),
    labels: Type.Optional(Type.Record(Type.String(), Type.String(), { description: "Labels of the pod." })),
    resources: Type.Optional(
      Type.Record(Type.String(), Type.Any(), { description: "`requests` and `limits` of the container." }),
    ),
    node_selector: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: "Labels of the nodes that it may run on." }),
    ),
  },
  { ...closed, description: "dbt in a pod of its own." },
);

const execution = Type.Union(
  [
    Type.Literal("local"),
    Type.Object(
      {
        venv: Type.Union([
          Type.String({
            minLength: 1,
            description: "Folder of a virtual environment, relative to the component file.",
          }),
          Type.Array(Type.String({ minLength: 1 }), {
            minItems: 1,
            description: "What pip installs into an environment of dop's own, such as `dbt-core==1.11.16`.",
          }),
        ]),
      },
      { ...closed, description: "dbt of a virtual environment." },
    ),
    Type.Object({ docker }, closed),
    Type.Object({ kubernetes }, closed),
  ],
  {
    default: "local",
    description:
      "Where dbt runs: `local` (the project's `.venv`, else PATH), or one of `venv`, `docker`, `kubernetes` with its settings.",
  },
);

const argument = Type.Union([Type.String(), Type.Record(Type.String(), Type.Any())]);

/** Attributes of a dbt component that say how dbt is run. */
export const runSettings = {
  command: choice(
    ["build", "run", "seed", "snapshot", "test"],
    "dbt's command for the selected nodes.",
    "build",
  ),
  tests: choice(
    ["after_each", "after_all", "none", "build"],
    "When tests run: `after_each` after their model, `after_all` in a second call of dbt once everything is built, `build` in one `dbt build` also where each model has its own call, `none` never, and then there are no checks.",
    "after_each",
  ),
  granularity: choice(
    ["selection", "model"],
    "`selection`: one call of dbt for all that is to be built. `model`: a step, and so a call, for each model.",
    "selection",
  ),
  invocation_mode: choice(
    ["subprocess", "runner"],
    "`subprocess`: a process for each call. `runner`: one Python process with dbt loaded serves the calls of a worker one after the other.",
    "subprocess",
  ),
  execution,
  target: Type.Optional(Type.String({ description: "Target of the profile." })),
  profile: Type.Optional(
    Type.String({ description: "Name of the profile; the project's own unless given." }),
  ),
  profiles_dir: Type.Optional(
    Type.String({ description: "Folder of profiles.yml; the project's, if it has one, unless given." }),
  ),
  profile_from: Type.Optional(
    Type.Union(
      [
        Type.String({ minLength: 1 }),
        Type.Object(
          {
            resource: Type.String({ minLength: 1, description: "Key of the resource." }),
            output: Type.Record(Type.String(), Type.Any(), {
              description: "Fields put over those made from the resource, such as `schema`.",
            }),
          },
          closed,
        ),
      ],
      {
        description:
          "Key of a resource (duckdb, postgres, snowflake, bigquery, redshift, databricks, spark) that dbt connects by, instead of a profiles.yml.",
      },
    ),
  ),
  vars: Type.Optional(
    deferred(
      Type.Record(Type.String(), Type.Any(), {
        description:
          "Variables of dbt. Their templates are evaluated when the step runs and may name `partition.key`, `window.start`, `window.end`, `scheduled_at` and `run.id`.",
      }),
    ),
  ),
  full_refresh: Type.Boolean({
    default: false,
    description: "Whether incremental models are built anew; a launch may say otherwise in its config.",
  }),
  env: Type.Optional(
    Type.Record(Type.String(), Type.String(), { description: "Variables added to dbt's environment." }),
  ),
  install_deps: Type.Union([Type.Boolean(), Type.Literal("auto")], {
    default: "auto",
    description: "Whether `dbt deps` runs first; `auto`: where packages are named and not installed.",
  }),
  state: Type.Optional(
    Type.String({ description: "Folder of an earlier manifest, relative to the component file." }),
  ),
  defer: Type.Boolean({
    default: false,
    description: "Whether what is not built here is read where the manifest of `state` has it.",
  }),
  favor_state: Type.Boolean({
    default: false,
    description: "Whether `state` is preferred to what exists here.",
  }),
  fail_fast: Type.Boolean({ default: false, description: "Whether dbt stops at the first failure." }),
  threads: Type.Optional(Type.Integer({ minimum: 1, description: "Nodes that dbt builds at once." })),
  args: Type.Optional(
    Type.Array(argument, {
      description: "Further arguments of dbt: text such as `--empty`, or `{--name: value}`.",
    }),
  ),
  compiled_sql: Type.Boolean({
    default: true,
    description: "Whether a model's compiled SQL is kept with its materialization.",
  }),
  step: Type.Optional(
    Type.Object(
      {
        timeout_seconds: Type.Optional(
          Type.Number({ exclusiveMinimum: 0, description: "Time that a try may take." }),
        ),
        priority: Type.Optional(
          Type.Integer({ description: "Among steps that may start the higher one goes first." }),
        ),
        pool: Type.Optional(Type.String({ description: "Pool whose slots it takes." })),
        pool_slots: Type.Optional(Type.Integer({ minimum: 1, description: "How many of them." })),
        retries: Type.Optional(
          Type.Integer({ minimum: 0, description: "Further tries of what failed and what it blocked." }),
        ),
        retry_delay_seconds: Type.Optional(
          Type.Number({ minimum: 0, description: "Time before each further try." }),
        ),
        tags: Type.Optional(Type.Record(Type.String(), Type.String(), { description: "Tags of the step." })),
        isolation: Type.Optional(
          Type.Union([Type.Literal("worker"), Type.Literal("process")], {
            description: "Where the step's own code runs.",
          }),
        ),
      },
      { ...closed, description: "How the step runs." },
    ),
  ),
  op: Type.Optional(opSpecSchema),
};

const settingsSchema = Type.Object(runSettings);

export type RunSettings = Static<typeof settingsSchema>;

/** What may be said at launch, as the config of the step. */
export const launchConfigSchema = {
  type: "object",
  properties: {
    full_refresh: { type: "boolean", description: "Whether incremental models are built anew." },
    vars: { type: "object", description: "Variables of dbt, put over those of the component." },
  },
  additionalProperties: false,
} as const;
