import {
  type AssetSpec,
  assetAttributesSchema,
  Component,
  type ComponentContext,
  type Definitions,
  parseAssetKey,
  reference,
  type Static,
  Type,
  translationSchema,
} from "#platform";
import { exampleOf } from "../example.ts";
import { lockContent } from "../lock-content.ts";

const schema = Type.Object(
  {
    workspace: Type.Object(
      {
        base_url: Type.String({ minLength: 1, description: "Address of the Omni instance." }),
        api_key: Type.String({ minLength: 1, description: "Key of its API." }),
      },
      { additionalProperties: true, description: "The instance and how to reach it." },
    ),
    translation: Type.Optional(
      translationSchema(
        assetAttributesSchema,
        "Asset fields for each document, evaluated with `data` and `spec`.",
      ),
    ),
  },
  {
    additionalProperties: false,
    description:
      "Documents of an Omni instance as external assets, from what `lock.yaml` says of it. Those without a folder and those of the folders archive and playground are left out.",
  },
);

const contentSchema = Type.Object({
  documents: Type.Array(
    Type.Object({
      identifier: Type.String({ minLength: 1 }),
      name: Type.String({ minLength: 1 }),
      folder: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      /** Tables that its queries read. */
      tables: Type.Optional(Type.Array(Type.String())),
      /** Names among the last parts of `tables` that are dbt models. */
      dbt_models: Type.Optional(Type.Array(Type.String())),
    }),
  ),
});

type OmniDocument = Static<typeof contentSchema>["documents"][number];

export class DOPOmniComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "DOPOmniComponent");
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    if (context.lock === undefined) {
      context.needsLock("a lock.yaml that lists the instance's documents");
      return {};
    }
    const documents = lockContent(context, contentSchema)?.documents ?? [];
    const shown = documents.filter(
      ({ folder }) => folder != null && !["archive", "playground"].includes(folder.toLowerCase()),
    );
    return {
      assets: shown.map((document) =>
        context.translate(this.attributes.translation, documentAsset(context, document), { data: document }),
      ),
    };
  }
}

function documentAsset(context: ComponentContext, document: OmniDocument): AssetSpec {
  const { name, folder, dbt_models = [] } = document;
  const parsed = parseAssetKey(
    ["omni", folder ?? "", name].map((part) => part.replaceAll(/\W+/g, "_").toLowerCase()).join("/"),
  );
  if ("reason" in parsed) throw new RangeError(`${parsed.reason}: ${JSON.stringify(name)}`);
  const models = (document.tables ?? []).map((table) => table.split("__").at(-1) as string);
  return {
    key: parsed.key,
    kinds: ["omni"],
    deps: [...new Set(models)]
      .filter((model) => dbt_models.includes(model))
      .map((model) => reference("dbt_model", model)),
    codeReferences: [context.codeReference()],
    ...(folder == null ? {} : { groupName: folder.replaceAll(/\W+/g, "_").toLowerCase() }),
  };
}
