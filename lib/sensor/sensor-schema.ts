import { durationAttribute, type TProperties, Type } from "#platform";
import { defaultStatusAttribute, targetFields } from "../schedule/target.ts";

const shared = {
  name: Type.String({ minLength: 1, description: "Unique among schedules and sensors of the project." }),
  ...targetFields,
  tags: Type.Optional(Type.Record(Type.String(), Type.String(), { description: "Tags of its runs." })),
  description: Type.Optional(Type.String({ description: "What it is for." })),
  default_status: defaultStatusAttribute,
  minimum_interval: Type.Optional(durationAttribute),
};

const text = (description: string) => Type.String({ minLength: 1, description });
const optionalText = (description: string) => Type.Optional(text(description));

function sensor<const Kind extends string, P extends TProperties>(
  kind: Kind,
  description: string,
  fields: P,
) {
  return Type.Object({ kind: Type.Literal(kind), ...fields }, { additionalProperties: false, description });
}

/** What a sensor looks at, by `kind`. */
export const settingsSchema = Type.Union(
  [
    sensor("file", "New or changed files of a folder.", {
      folder: text("The folder, relative to the project."),
      pattern: optionalText("Glob of the files; all unless given."),
      partition_from: optionalText(
        "Regular expression over the file's name; its first group is the partition's key.",
      ),
      settle: Type.Optional(durationAttribute),
    }),
    sensor("http", "A changed answer of an address.", {
      url: text("The address."),
      headers: Type.Optional(
        Type.Record(Type.String(), Type.String(), { description: "Headers of the request." }),
      ),
      json_path: optionalText("Dotted path of the value that is compared; the whole answer unless given."),
    }),
    sensor("sql", "A changed first row of a query.", {
      resource: text("Key of the resource that answers the query."),
      query: text("The query."),
    }),
    sensor("run_status", "Runs that ended.", {
      statuses: Type.Array(
        Type.Union([Type.Literal("success"), Type.Literal("failure"), Type.Literal("canceled")]),
        {
          minItems: 1,
          description: "Which ends count.",
        },
      ),
      monitored_jobs: Type.Optional(
        Type.Array(Type.String(), { description: "Names of jobs; all runs unless given." }),
      ),
    }),
    sensor("asset", "Assets that were brought up to date.", {
      assets: text("Selection of the assets."),
      all_of: Type.Optional(
        Type.Boolean({ description: "Whether all of them must have been; any of them unless given." }),
      ),
    }),
    sensor("automation", "The conditions of the target's assets and checks, as a group of their own.", {}),
    sensor("webhook", "A request from outside.", {
      path: text("Last part of the address, such as `orders-landed`."),
      secret: optionalText("Shared secret that signs the requests."),
    }),
  ],
  { description: "What is looked at, by `kind`." },
);

export const sensorSchema = Type.Object(
  {
    ...shared,
    watch: settingsSchema,
  },
  {
    additionalProperties: false,
    description: "Asks for runs of a selection or a job when something outside changes.",
  },
);
