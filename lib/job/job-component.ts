import {
  Component,
  type ComponentContext,
  type Definitions,
  holdsSecret,
  type JobSpec,
  Type,
} from "#platform";
import { exampleOf } from "../example.ts";

const schema = Type.Object(
  {
    name: Type.String({ minLength: 1, description: "Unique among the jobs of the project." }),
    selection: Type.String({
      minLength: 1,
      description: "Which assets run together, such as `group:marts` or `raw/orders+`.",
    }),
    description: Type.Optional(Type.String({ description: "What the job is for." })),
    tags: Type.Optional(Type.Record(Type.String(), Type.String(), { description: "Tags of its runs." })),
    config: Type.Optional(
      Type.Object(
        {
          steps: Type.Optional(
            Type.Record(Type.String(), Type.Record(Type.String(), Type.Any()), {
              description: "Config by the step's name.",
            }),
          ),
          resources: Type.Optional(
            Type.Record(Type.String(), Type.Record(Type.String(), Type.Any()), {
              description: "Config by the resource's key.",
            }),
          ),
        },
        {
          additionalProperties: false,
          description: "Config of its steps and resources, unless asked otherwise.",
        },
      ),
    ),
    resources: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description:
          "Resources that its steps get instead of those that they name, such as `warehouse: warehouse_eu`.",
      }),
    ),
  },
  { additionalProperties: false, description: "A named selection of assets to run together." },
);

export class JobComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "JobComponent");
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const { config, ...job } = this.attributes;
    if (holdsSecret(config)) {
      context.report(["config"], {
        code: "secret-in-name",
        message: "a job's config is stored with its runs, so it can't hold a secret",
        hint: "give the secret to a resource, and name that below `resources`",
      });
      return {};
    }
    return {
      jobs: [
        {
          ...job,
          ...(config === undefined ? {} : { config: config as NonNullable<JobSpec["config"]> }),
          codeReferences: [context.codeReference()],
          origins: context.origins({
            name: ["name"],
            selection: ["selection"],
            resources: ["resources"],
            config: ["config"],
          }),
        },
      ],
    };
  }
}
