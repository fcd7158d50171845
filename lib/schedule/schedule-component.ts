import {
  Component,
  type ComponentContext,
  type Definitions,
  durationAttribute,
  type ScheduleSpec,
  type Static,
  Type,
} from "#platform";
import { exampleOf } from "../example.ts";
import { defaultStatusAttribute, targetFields, targetOf } from "./target.ts";

const catchUpSchema = Type.Union(
  [
    Type.Literal("none"),
    Type.Literal("latest"),
    Type.Object(
      { all: Type.Integer({ minimum: 1, description: "At most so many ticks." }) },
      { additionalProperties: false },
    ),
    Type.Object({ window: durationAttribute }, { additionalProperties: false }),
  ],
  {
    description:
      "Which ticks that passed unwatched are made up for: none, the latest, all, or those of a window.",
  },
);

const schema = Type.Object(
  {
    name: Type.String({ minLength: 1, description: "Unique among schedules and sensors of the project." }),
    ...targetFields,
    cron: Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
      description: "When it ticks, such as `0 3 * * *`; of several texts, equal moments tick once.",
    }),
    timezone: Type.String({ default: "UTC", description: "Time zone of `cron`, such as `Asia/Seoul`." }),
    partition: Type.Optional(
      Type.String({
        description: "Of a partitioned target: `latest` complete partition (unless given), `all`, or a key.",
      }),
    ),
    tags: Type.Optional(Type.Record(Type.String(), Type.String(), { description: "Tags of its runs." })),
    description: Type.Optional(Type.String({ description: "What it is for." })),
    default_status: defaultStatusAttribute,
    catch_up: Type.Optional(catchUpSchema),
    overlap: Type.Optional(
      Type.Union(
        [Type.Literal("allow"), Type.Literal("skip"), Type.Literal("queue"), Type.Literal("cancel_previous")],
        { description: "What a tick does while a run of an earlier one goes on." },
      ),
    ),
    jitter: Type.Optional(durationAttribute),
  },
  {
    additionalProperties: false,
    description: "Asks for runs of a selection or a job at the ticks of a cron text.",
  },
);

export class ScheduleComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "ScheduleComponent");
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const { name, cron, timezone, partition, tags, description, overlap, jitter } = this.attributes;
    const target = targetOf(context, this.attributes);
    if (target === undefined) return {};
    const catchUp = catchUpOf(this.attributes.catch_up);
    const schedule: ScheduleSpec = {
      name,
      cron,
      timeZone: timezone,
      target,
      defaultStatus: this.attributes.default_status,
      ...(partition === undefined ? {} : { partition }),
      ...(tags === undefined ? {} : { tags }),
      ...(description === undefined ? {} : { description }),
      ...(catchUp === undefined ? {} : { catchUp }),
      ...(overlap === undefined ? {} : { overlap }),
      ...(jitter === undefined ? {} : { jitterSeconds: jitter }),
      codeReferences: [context.codeReference()],
      origins: context.origins({
        name: ["name"],
        cron: ["cron"],
        timeZone: ["timezone"],
        target: ["job" in target ? "job" : "target"],
      }),
    };
    return { schedules: [schedule] };
  }
}

function catchUpOf(written: Static<typeof catchUpSchema> | undefined): ScheduleSpec["catchUp"] {
  if (written === undefined) return undefined;
  if (typeof written === "string") return { type: written };
  return "all" in written ? { type: "all", max: written.all } : { type: "window", seconds: written.window };
}
