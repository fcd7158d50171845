import {
  Component,
  type ComponentContext,
  type Definitions,
  duckDbFilePool,
  holdsSecret,
  type Json,
  type ResourceDefinition,
  resource,
  reveal,
  Type,
} from "#platform";
import { exampleOf } from "../example.ts";
import { reportSettingFaults } from "../setting-faults.ts";
import { resourceTypes } from "./resource-types.ts";

const schema = Type.Object(
  {
    key: Type.String({
      minLength: 1,
      description: "The name under which assets ask for it, unique in the project.",
    }),
    resource: Type.Union(
      Object.keys(resourceTypes).map((name) => Type.Literal(name)),
      { description: "What it is." },
    ),
    attributes: Type.Optional(
      Type.Record(Type.String(), Type.Any(), {
        description: "Its settings; which there are depends on `resource`.",
      }),
    ),
    description: Type.Optional(Type.String({ description: "What it is for." })),
    uses: Type.Optional(Type.Array(Type.String(), { description: "Keys of resources that it uses itself." })),
  },
  {
    additionalProperties: false,
    description: "An outside system, opened once a run and given to the steps that name it.",
  },
);

export class ResourceComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "ResourceComponent");
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const { key, description, uses, attributes = {} } = this.attributes;
    const type = resourceTypes[this.attributes.resource];
    if (type === undefined) throw new Error(`no resource type is named ${this.attributes.resource}`);
    if (!reportSettingFaults(context, { wanted: type.schema, attributes, what: "resource" })) return {};
    const { close } = type;
    // The name of a pool is shown, so that of a secret path is made from the key.
    const file = type.duckDbFile?.(holdsSecret(attributes) ? { path: `resource ${key}` } : attributes);
    const opened = resource(key, {
      type: this.attributes.resource,
      ...(description === undefined ? {} : { description }),
      ...(uses === undefined ? {} : { uses }),
      ...(file === undefined ? {} : { pools: [duckDbFilePool(context.projectRoot, file)] }),
      settings: JSON.parse(JSON.stringify(attributes)) as { readonly [key: string]: Json },
      create: (opening) => type.create(reveal(attributes), opening),
      ...(close === undefined ? {} : { close: (value) => close(value) }),
    });
    const definition: ResourceDefinition = {
      ...opened,
      spec: {
        ...opened.spec,
        codeReferences: [context.codeReference()],
        origins: context.origins({ key: ["key"], uses: ["uses"] }),
      },
    };
    return { resources: [definition] };
  }
}
