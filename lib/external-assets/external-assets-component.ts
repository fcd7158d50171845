import { assetSpecSchema, Component, type ComponentContext, type Definitions, Type } from "#platform";
import { exampleOf } from "../example.ts";

const schema = Type.Object(
  {
    assets: Type.Array(assetSpecSchema, {
      minItems: 1,
      description: "The assets, as others bring them up to date.",
    }),
  },
  {
    additionalProperties: false,
    description:
      "Assets that something else brings up to date: they can be upstream and be checked, but not be run.",
  },
);

export class ExternalAssetsComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "ExternalAssetsComponent");
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    return { assets: this.attributes.assets.map((written) => context.assetSpec(written)) };
  }
}
