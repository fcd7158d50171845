import type { TSchema } from "typebox";
import { sharedAssetAttributesSchema } from "../define/asset-attributes.ts";
import { Type } from "../define/schema-builders.ts";

const folderDocument = Type.Object(
  {},
  {
    additionalProperties: false,
    description:
      "A folder's own document: its template variables and post-processing hold for all that lies below, which is loaded as well.",
  },
);

/** One rule; a document may also hold a list of them. */
const defaultsRule = Type.Object(
  {
    select: Type.String({ default: "*", description: "Selection among the assets below the folder." }),
    overwrite: Type.Boolean({
      default: false,
      description: "Whether it also replaces what is written on an asset.",
    }),
    ...sharedAssetAttributesSchema.properties,
  },
  {
    additionalProperties: false,
    description:
      "Sets fields of the assets below its folder where they leave them open. Inner folders win over outer ones.",
  },
);

/** What documents of the built-in types take, for editors and the reference; they are read by code of their own. */
export const builtInSchemas: { readonly [type: string]: TSchema } = {
  DefsFolderComponent: folderDocument,
  "platform.Defaults": defaultsRule,
};

/** Component files that show the built-in types. */
export const builtInExamples: { readonly [type: string]: string } = {
  DefsFolderComponent: `type: DefsFolderComponent
post_processing:
  assets:
    - target: "*"
      attributes:
        owners: [team:data]
`,
  "platform.Defaults": `type: platform.Defaults
attributes:
  group_name: shop
  owners: [team:data]
`,
};
