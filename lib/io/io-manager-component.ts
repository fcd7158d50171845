import {
  Component,
  type ComponentContext,
  type Definitions,
  duckDbFilePool,
  holdsSecret,
  ioManager,
  reveal,
  Type,
} from "#platform";
import { exampleOf } from "../example.ts";
import { reportSettingFaults } from "../setting-faults.ts";
import { ioManagerTypes } from "./io-manager-types.ts";

const schema = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      description:
        "What assets name in `io`. One of the built-in names replaces that manager in the whole project.",
    }),
    type: Type.Union(
      Object.keys(ioManagerTypes).map((name) => Type.Literal(name)),
      { description: "Where values are kept." },
    ),
    attributes: Type.Optional(
      Type.Record(Type.String(), Type.Any(), {
        description: "Its settings; which there are depends on `type`.",
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      "A place for the values of assets under a name of the project. To bind a name to another place in an environment, write two documents with the same `name` and `enabled: \"{{ environment == 'prod' }}\"` on one, the opposite on the other; assets stay as they are.",
  },
);

export class IoManagerComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "IoManagerComponent");
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const { name, attributes = {} } = this.attributes;
    const type = ioManagerTypes[this.attributes.type];
    if (type === undefined) throw new Error(`no IO manager type is named ${this.attributes.type}`);
    if (!reportSettingFaults(context, { wanted: type.schema, attributes, what: "IO manager" })) return {};
    // The name of a pool is shown, so that of a secret path is made from the name.
    const file = type.duckDbFile?.(holdsSecret(attributes) ? { path: `IO manager ${name}` } : attributes);
    const pools = file === undefined ? {} : { pools: [duckDbFilePool(context.projectRoot, file)] };
    const definition = ioManager(name, (setting) => type.create(reveal(attributes), setting), pools);
    return { ioManagers: [definition] };
  }
}
