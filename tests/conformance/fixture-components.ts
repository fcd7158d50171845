import { Type } from "typebox";
import {
  assetAttributesSchema,
  assetKey,
  assetSpecSchema,
  Component,
  type ComponentContext,
  checkSpecSchema,
  type Definitions,
  metadataOf,
  opSpecSchema,
  type ScopeContext,
  translationSchema,
} from "#platform";

/** Attributes of each built component, by the file that it stands in; the suite compares them. */
export const builtAttributes = new Map<string, unknown>();

const closed = { additionalProperties: false };

function remember(component: Component, context: ComponentContext): void {
  builtAttributes.set(context.file, component.attributes);
}

const basicFields = { a_string: Type.String(), an_int: Type.Integer() };
const basicSchema = Type.Object(basicFields, closed);

export class Basic extends Component<typeof basicSchema> {
  static override readonly schema = basicSchema;

  override buildDefinitions(context: ComponentContext): Definitions {
    remember(this, context);
    return {};
  }
}

const nestedSchema = Type.Object(
  { nested: Type.Record(Type.String(), Type.Object(basicFields, closed)) },
  closed,
);

export class Nested extends Component<typeof nestedSchema> {
  static override readonly schema = nestedSchema;

  override buildDefinitions(context: ComponentContext): Definitions {
    remember(this, context);
    return {};
  }
}

const anySchema = Type.Object({ value: Type.Any() }, closed);

export class Any extends Component<typeof anySchema> {
  static override readonly schema = anySchema;

  override buildDefinitions(context: ComponentContext): Definitions {
    remember(this, context);
    return {};
  }
}

export class Static extends Component {
  override buildDefinitions(): Definitions {
    return { assets: [{ key: assetKey("static") }] };
  }
}

const assetsSchema = Type.Object({ assets: Type.Array(assetSpecSchema) }, closed);

export class Assets extends Component<typeof assetsSchema> {
  static override readonly schema = assetsSchema;

  override buildDefinitions(context: ComponentContext): Definitions {
    remember(this, context);
    return { assets: this.attributes.assets.map((asset) => context.assetSpec(asset)) };
  }
}

const checksSchema = Type.Object({ checks: Type.Array(checkSpecSchema) }, closed);

export class Checks extends Component<typeof checksSchema> {
  static override readonly schema = checksSchema;

  /** The checked assets are external here, so that the checks have something to ask about. */
  override buildDefinitions(context: ComponentContext): Definitions {
    const checks = this.attributes.checks.map((check) => context.checkSpec(check));
    const keys = new Set(checks.map(({ asset }) => asset).filter((asset) => typeof asset === "string"));
    return { checks, assets: [...keys].map((key) => ({ key })) };
  }
}

const opSchema = Type.Object({ op: opSpecSchema }, closed);

export class Op extends Component<typeof opSchema> {
  static override readonly schema = opSchema;

  override buildDefinitions(context: ComponentContext): Definitions {
    remember(this, context);
    return {};
  }
}

const scopedSchema = Type.Object(
  { value: Type.Any(), assets: Type.Optional(Type.Array(assetSpecSchema)) },
  closed,
);

export class Scoped extends Component<typeof scopedSchema> {
  static override readonly schema = scopedSchema;

  static override scope(context: ScopeContext): { readonly [name: string]: unknown } {
    return {
      default_group: "ingest",
      folder_name: context.folder.split("/").at(-1),
      boom: (_x: unknown) => {
        throw new Error("boom");
      },
      shout: (s: string) => s.toUpperCase(),
      dbt_asset_key: (m: string) => assetKey("dbt", m),
      two_assets: () => [{ key: "t1" }, { key: "t2" }],
    };
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    remember(this, context);
    return { assets: (this.attributes.assets ?? []).map((asset) => context.assetSpec(asset)) };
  }
}

export class SubScoped extends Scoped {}

const refSchema = Type.Object({ target: Type.Any() }, closed);

export class Ref extends Component<typeof refSchema> {
  static override readonly schema = refSchema;

  override buildDefinitions(context: ComponentContext): Definitions {
    remember(this, context);
    return {};
  }
}

const translatorSchema = Type.Object(
  {
    tables: Type.Array(Type.Object({ schema: Type.String(), table: Type.String() }, closed)),
    translation: Type.Optional(translationSchema(assetAttributesSchema, "How a table becomes an asset.")),
  },
  closed,
);

export class Translator extends Component<typeof translatorSchema> {
  static override readonly schema = translatorSchema;

  static override scope(): { readonly [name: string]: unknown } {
    return { my_translation: (props: { table: string }) => ({ key: `udf/${props.table}` }) };
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    return {
      assets: this.attributes.tables.map((props) => {
        const base = {
          key: assetKey(props.schema, props.table),
          groupName: "raw",
          tags: { base: "1" },
          metadata: metadataOf({ src: "base" }),
          kinds: ["demo"],
        };
        return context.translate(this.attributes.translation, base, { props });
      }),
    };
  }
}

const statefulSchema = Type.Object(
  {
    value: Type.String(),
    fail_write: Type.Boolean({ default: false }),
    defs_state: Type.Object(
      {
        key: Type.Optional(Type.String()),
        management_type: Type.String(),
        refresh_if_dev: Type.Boolean({ default: true }),
      },
      closed,
    ),
  },
  closed,
);

export class Stateful extends Component<typeof statefulSchema> {
  static override readonly schema = statefulSchema;

  override buildDefinitions(context: ComponentContext): Definitions {
    const known = context.lock?.content;
    return typeof known === "string" ? { assets: [{ key: assetKey(known) }] } : {};
  }
}
