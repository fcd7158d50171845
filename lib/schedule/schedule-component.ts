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

const offset = (minimum: number, maximum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum, maximum, description }));

const offsetsSchema = Type.Object(
  {
    minute_of_hour: offset(0, 59, "Minute of the tick."),
    hour_of_day: offset(0, 23, "Hour of the tick."),
    day_of_week: offset(0, 6, "Of weekly partitions; 0 is Sunday."),
    day_of_month: offset(1, 31, "Of monthly partitions."),
  },
  {
    additionalProperties: false,
    description:
      "Instead of `cron`: a tick at the end of each window of the target's partitions, or at this time after.",
  },
);

const schema = Type.Object(
  {
    name: Type.String({ minLength: 1, description: "Unique among schedules and sensors of the project." }),
    ...targetFields,
    cron: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
        description: "When it ticks, such as `0 3 * * *`; of several texts, equal moments tick once.",
      }),
    ),
    cron_from_partitions: Type.Optional(offsetsSchema),
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
    const { name, timezone, partition, tags, description, overlap, jitter } = this.attributes;
    const target = targetOf(context, this.attributes);
    const when = whenOf(context, this.attributes);
    if (target === undefined || when === undefined) return {};
    const catchUp = catchUpOf(this.attributes.catch_up);
    const schedule: ScheduleSpec = {
      name,
      ...when,
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
        cronFromPartitions: ["cron_from_partitions"],
        timeZone: ["timezone"],
        target: ["job" in target ? "job" : "target"],
      }),
    };
    return { schedules: [schedule] };
  }
}

/** Exactly one of `cron` and `cron_from_partitions`; anything else is reported. */
function whenOf(
  context: Pick<ComponentContext, "report">,
  { cron, cron_from_partitions: offsets }: Static<typeof schema>,
): Pick<ScheduleSpec, "cron" | "cronFromPartitions"> | undefined {
  if (cron !== undefined && offsets === undefined) return { cron };
  if (offsets !== undefined && cron === undefined) {
    const { minute_of_hour, hour_of_day, day_of_week, day_of_month } = offsets;
    const given = {
      minuteOfHour: minute_of_hour,
      hourOfDay: hour_of_day,
      dayOfWeek: day_of_week,
      dayOfMonth: day_of_month,
    };
    const entries = Object.entries(given).filter(([, value]) => value !== undefined);
    return { cron: [], cronFromPartitions: Object.fromEntries(entries) };
  }
  context.report(cron === undefined ? [] : ["cron_from_partitions"], {
    code: cron === undefined ? "missing-attribute" : "invalid-attribute-value",
    message: cron === undefined ? "`cron` is missing" : "`cron` and `cron_from_partitions` are both given",
    hint: "write `cron: 0 3 * * *`, or `cron_from_partitions: {}` for a tick with each window of the target",
  });
  return undefined;
}

function catchUpOf(written: Static<typeof catchUpSchema> | undefined): ScheduleSpec["catchUp"] {
  if (written === undefined) return undefined;
  if (typeof written === "string") return { type: written };
  return "all" in written ? { type: "all", max: written.all } : { type: "window", seconds: written.window };
}
