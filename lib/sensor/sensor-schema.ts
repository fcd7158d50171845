import { deferred, durationAttribute, type TProperties, Type } from "#platform";
import { defaultStatusAttribute, targetFields } from "../schedule/target.ts";

const text = (description: string) => Type.String({ minLength: 1, description });
const optionalText = (description: string) => Type.Optional(text(description));

/** Monday first, as the numbers of days count. */
export const dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const activeSchema = Type.Object(
  {
    hours: optionalText(
      "Part of the day, such as `08:00-18:00`; the end is outside. `22:00-06:00` goes past midnight.",
    ),
    days: Type.Optional(
      Type.Array(Type.Union(dayNames.map((day) => Type.Literal(day))), {
        minItems: 1,
        description: "Days on which the hours begin; all unless given.",
      }),
    ),
    time_zone: Type.String({ default: "UTC", description: "Of the hours and days, such as `Asia/Seoul`." }),
  },
  { additionalProperties: false, description: "When it looks; always unless given." },
);

const requestSchema = Type.Object(
  {
    run_key: optionalText("Makes one run for ever, such as `{{ row.id }}`."),
    partition: optionalText("Of a partitioned target, such as `{{ payload.day }}`."),
    tags: Type.Optional(Type.Record(Type.String(), Type.String(), { description: "Tags of the run." })),
    config: Type.Optional(
      Type.Record(Type.String(), Type.Any(), { description: "Config of the run, such as `{ steps: {…} }`." }),
    ),
  },
  {
    additionalProperties: false,
    description:
      "What the run is asked with, made from what was seen: `row` (sql), `value` and `status` (http), `payload`, `headers` and `delivery` (webhook).",
  },
);

const shared = {
  name: Type.String({ minLength: 1, description: "Unique among schedules and sensors of the project." }),
  ...targetFields,
  tags: Type.Optional(Type.Record(Type.String(), Type.String(), { description: "Tags of its runs." })),
  description: Type.Optional(Type.String({ description: "What it is for." })),
  default_status: defaultStatusAttribute,
  minimum_interval: Type.Optional(durationAttribute),
  active: Type.Optional(activeSchema),
  timeout: Type.Optional(durationAttribute),
  request: Type.Optional(deferred(requestSchema)),
};

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
      each: Type.Optional(
        Type.Union([Type.Literal("file"), Type.Literal("batch")], {
          description: "A run for each file (unless given), or one for all once none is still being written.",
        }),
      ),
      identity: Type.Optional(
        Type.Union([Type.Literal("path"), Type.Literal("content")], {
          description:
            "What makes a file a new one: path, time of change and size (unless given), or what it holds.",
        }),
      ),
    }),
    sensor("http", "A changed answer of an address; the first look only notes it.", {
      url: text("The address."),
      method: Type.Optional(
        Type.Union([Type.Literal("GET"), Type.Literal("HEAD"), Type.Literal("POST")], {
          description: "GET unless given.",
        }),
      ),
      headers: Type.Optional(
        Type.Record(Type.String(), Type.String(), { description: "Headers of the request." }),
      ),
      body: optionalText("Body of a POST."),
      compare: Type.Optional(
        Type.Union(
          [
            Type.Literal("etag"),
            Type.Literal("last_modified"),
            Type.Literal("status"),
            Type.Literal("json"),
            Type.Literal("body"),
          ],
          {
            description:
              "What is compared; unless given the value of `json_pointer`, else ETag, Last-Modified or the body, whichever is there first.",
          },
        ),
      ),
      json_pointer: optionalText("JSON Pointer of the value that is compared, such as `/data/updated_at`."),
    }),
    sensor("sql", "The answer to a query.", {
      resource: text("Key of the resource that answers the query."),
      query: text("The query; of its rows the first 1,000 count."),
      each: Type.Optional(
        Type.Union([Type.Literal("result"), Type.Literal("row")], {
          description:
            "One run when the rows are others than before (unless given; the first look only notes them), or one for each row that was not there before.",
        }),
      ),
    }),
    sensor("function", "Whatever a TypeScript function looks at.", {
      function: text("The function, such as `./watch.ts#newOrders`; it gets cursor, now, log, resources."),
      resources: Type.Optional(
        Type.Array(Type.String(), { description: "Keys of the resources that the function gets." }),
      ),
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
    sensor("webhook", "Signed requests to `/api/v1/hooks/PATH`.", {
      path: text("Last part of the address, such as `orders-landed`."),
      secret_env: text("Name of the variable that holds the shared secret."),
      scheme: Type.Optional(
        Type.Union([Type.Literal("github"), Type.Literal("timestamped")], {
          description:
            "`github` (unless given): X-Hub-Signature-256 holds `sha256=` and the HMAC of the body. `timestamped`: X-Dop-Signature or Stripe-Signature holds `t=SECONDS,v1=` and the HMAC of `SECONDS.BODY`, at most 5 minutes old.",
        }),
      ),
      idempotency_header: optionalText(
        "Header that names a delivery; Idempotency-Key, X-GitHub-Delivery or Webhook-Id unless given, else equal bodies are one delivery.",
      ),
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
