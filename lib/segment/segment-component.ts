import {
  type AssetSpec,
  assetKey,
  Component,
  type ComponentContext,
  type Definitions,
  Type,
} from "#platform";
import { exampleOf } from "../example.ts";

const schema = Type.Object(
  {
    keys: Type.Record(Type.String(), Type.Record(Type.String(), Type.Array(Type.String({ minLength: 1 }))), {
      description: "Events by source and category; each event is one asset.",
    }),
    group_name: Type.String({ description: "Group of all of them." }),
    description: Type.String({ description: "What they hold, for people." }),
    kinds: Type.Array(Type.String(), { description: "Technologies, such as `segment`." }),
  },
  {
    additionalProperties: false,
    description: "Tables that Segment writes into a warehouse, as external assets `source/category/event`.",
  },
);

export class SegmentComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "SegmentComponent");
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const { keys, group_name, description, kinds } = this.attributes;
    const assets: AssetSpec[] = [];
    for (const [source, categories] of Object.entries(keys)) {
      for (const [category, events] of Object.entries(categories)) {
        for (const [index, event] of events.entries()) {
          const key = assetKey(source, category, event);
          const place = ["keys", source, category, index];
          assets.push({
            key,
            groupName: group_name,
            description,
            kinds,
            codeReferences: [context.codeReference(place)],
          });
        }
      }
    }
    return { assets };
  }
}
