import { Type } from "typebox";
import {
  assetAttributesSchema,
  assetKey,
  assetSpecSchema,
  backfillPolicySchema,
  Component,
  type ComponentContext,
  type Definitions,
  durationAttribute,
  type ScopeContext,
  translationSchema,
} from "#platform";

const closed = { additionalProperties: false };

const assetsSchema = Type.Object({ assets: Type.Array(assetSpecSchema) }, closed);

/** Makes the assets that its attributes write out. */
export class Assets extends Component<typeof assetsSchema> {
  static override readonly schema = assetsSchema;

  override buildDefinitions(context: ComponentContext): Definitions {
    return { assets: this.attributes.assets.map((asset) => context.assetSpec(asset)) };
  }
}

const valueSchema = Type.Object(
  {
    any: Type.Optional(Type.Any()),
    text: Type.Optional(Type.String({ minLength: 1 })),
    whole: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
    flag: Type.Optional(Type.Boolean()),
    labels: Type.Optional(Type.Record(Type.String(), Type.String())),
    mode: Type.Optional(Type.Union([Type.Literal("fast"), Type.Literal("safe")])),
    policy: Type.Optional(backfillPolicySchema),
    wait: Type.Optional(durationAttribute),
    one_or_more: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())])),
    nested: Type.Optional(
      Type.Array(Type.Object({ name: Type.String(), size: Type.Integer({ default: 1 }) }, closed)),
    ),
  },
  closed,
);

/** Keeps its attributes as metadata of one asset, so that tests see what arrived. */
export class Values extends Component<typeof valueSchema> {
  static override readonly schema = valueSchema;

  override buildDefinitions(): Definitions {
    return {
      assets: [
        {
          key: assetKey("values"),
          metadata: { attributes: { type: "json", value: this.attributes as never } },
        },
      ],
    };
  }
}

const scopedSchema = Type.Object({ value: Type.Any() }, closed);

/** Adds names to the scope of its templates. */
export class Scoped extends Component<typeof scopedSchema> {
  static override readonly schema = scopedSchema;

  static override scope(context: ScopeContext): { readonly [name: string]: unknown } {
    return {
      team: "sales",
      region: context.env("REGION") ?? "nowhere",
      shout: (text: string, mark = "!") => `${text.toUpperCase()}${mark}`,
      fail: () => {
        throw new Error("no luck");
      },
    };
  }

  override buildDefinitions(): Definitions {
    return {
      assets: [
        { key: assetKey("scoped"), metadata: { value: { type: "json", value: this.attributes.value } } },
      ],
    };
  }
}

export class MoreScoped extends Scoped {
  static override scope(): { readonly [name: string]: unknown } {
    return { team: "support", floor: 3 };
  }
}

const translatorSchema = Type.Object(
  {
    tables: Type.Array(Type.String()),
    translation: Type.Optional(translationSchema(assetAttributesSchema, "How a table becomes an asset.")),
  },
  closed,
);

/** One asset per table, changed by its translation. */
export class Translator extends Component<typeof translatorSchema> {
  static override readonly schema = translatorSchema;

  override buildDefinitions(context: ComponentContext): Definitions {
    const base = (table: string) => ({
      key: assetKey("db", table),
      groupName: "raw",
      tags: { base: "1" },
      kinds: ["demo"],
    });
    return {
      assets: this.attributes.tables.map((table) =>
        context.translate(this.attributes.translation, base(table), { props: { table } }),
      ),
    };
  }
}

const fileSchema = Type.Object({ path: Type.String() }, closed);

const listing = Type.Object({ tables: Type.Array(Type.String()) }, closed);

/** One asset per table of a YAML file. */
export class FromFile extends Component<typeof fileSchema> {
  static override readonly schema = fileSchema;

  override buildDefinitions(context: ComponentContext): Definitions {
    const { tables } = context.readYaml(this.attributes.path, listing);
    return {
      assets: tables.map((table) => ({
        key: assetKey(table),
        codeReferences: [context.fileReference(this.attributes.path)],
      })),
    };
  }
}

/** Fails while it builds. */
export class Failing extends Component {
  override buildDefinitions(): Definitions {
    throw new TypeError("cannot read the moon");
  }
}

const textSchema = Type.Object({ name: Type.String() }, closed);

/** Puts its attribute into a key by itself. */
export class Named extends Component<typeof textSchema> {
  static override readonly schema = textSchema;

  override buildDefinitions(): Definitions {
    return { assets: [{ key: String(this.attributes.name) as never }] };
  }
}

/** Waits for its lock. */
export class Locked extends Component {
  override buildDefinitions(context: ComponentContext): Definitions {
    if (context.lock === undefined) context.needsLock("a lock.yaml");
    const tables = (context.lock?.content ?? []) as string[];
    return { assets: tables.map((table) => ({ key: assetKey(table) })) };
  }
}

export const fixtureClasses = {
  "fixture.Assets": Assets,
  "fixture.Values": Values,
  "fixture.Scoped": Scoped,
  "fixture.MoreScoped": MoreScoped,
  "fixture.Translator": Translator,
  "fixture.FromFile": FromFile,
  "fixture.Failing": Failing,
  "fixture.Named": Named,
  "fixture.Locked": Locked,
};
