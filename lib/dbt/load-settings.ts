import { assetAttributesSchema, assetKeyAttribute, type Static, Type, translationSchema } from "#platform";

const selection = (description: string) =>
  Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())], { description }));

/** Attributes of a dbt component that say what of a project is loaded, and from where. */
export const loadSettings = {
  project: Type.String({
    minLength: 1,
    description: "Folder of the dbt project, relative to the component file.",
  }),
  load: Type.Union(
    [
      Type.Literal("automatic"),
      Type.Literal("manifest"),
      Type.Literal("parse"),
      Type.Literal("ls"),
      Type.Literal("ls_file"),
    ],
    {
      default: "automatic",
      description:
        "Where the nodes come from. `manifest`: a manifest.json. `parse`: `dbt parse`, called when a file, variable or target of the project has changed. `ls`: `dbt ls`, called likewise, so that dbt itself chooses the nodes. `ls_file`: what `dbt ls --output json` printed. `automatic`: the manifest or the file that is named, else `parse`, else, without dbt, the manifest in the project's target folder.",
    },
  ),
  manifest: Type.Optional(
    Type.String({
      description:
        "The project's manifest, relative to the component file; `target/manifest.json` of the project unless given.",
    }),
  ),
  ls_file: Type.Optional(
    Type.String({
      description:
        "What `dbt ls --output json` printed, as a file. Without a manifest nodes have only what it tells.",
    }),
  ),
  select: selection(
    "Which nodes, as for `dbt --select`: names, `tag:`, `path:`, `fqn:` and others, with `+`, `@`, blanks and commas. All nodes, or the project's default selector, unless given.",
  ),
  exclude: selection("Which of them not, as for `dbt --exclude`."),
  selector: Type.Optional(
    Type.String({
      description: "Selector of the project's selectors.yml, instead of `select` and `exclude`.",
    }),
  ),
  indirect_selection: Type.Optional(
    Type.Union(
      [Type.Literal("eager"), Type.Literal("cautious"), Type.Literal("buildable"), Type.Literal("empty")],
      {
        description:
          "Which tests come with their models, as for `dbt --indirect-selection`; `eager` unless given.",
      },
    ),
  ),
  sources: Type.Union([Type.Literal("external"), Type.Literal("observe"), Type.Literal("deps")], {
    default: "external",
    description:
      "`external`: sources are listed as assets, unless another component makes them or their meta's `asset_key` names another one. `observe`: besides, those with a freshness are looked at by `dbt source freshness`. `deps`: they are only named as deps.",
  }),
  exposures: Type.Union([Type.Literal("external"), Type.Literal("none")], {
    default: "external",
    description:
      "`external`: exposures, metrics and semantic models that are selected are listed as assets that nothing here builds. `none`: they are left out.",
  }),
  deps: Type.Optional(
    Type.Record(Type.String(), Type.Array(assetKeyAttribute), {
      description:
        "Further assets upstream of single nodes, by unique_id or selection, such as `{'tag:crm': [raw/contacts]}`. The dbt project itself stays as it is.",
    }),
  ),
  translation: Type.Optional(
    translationSchema(
      assetAttributesSchema,
      "Asset fields for each node, evaluated with `node` (as in the manifest) and `spec`.",
    ),
  ),
};

const schema = Type.Object(loadSettings);

export type LoadSettings = Static<typeof schema>;
