import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../../component/write-whole.ts";
import { type CommandContext, CommandError } from "../command-context.ts";
import type { ProjectChoice } from "../project-choice.ts";
import { readProjectSettings } from "../project-settings.ts";

export interface ScaffoldedClass {
  readonly type: string;
  /** Relative to the project. */
  readonly files: readonly string[];
}

/** Writes a class, its example and its test into the project's `lib`. Throws CommandError rather than overwrite. */
export async function scaffoldClass(
  written: string,
  choice: ProjectChoice,
  context: CommandContext,
): Promise<ScaffoldedClass> {
  const { root, configuration } = readProjectSettings(choice, context);
  const stem = written.replace(/Component$/, "");
  if (!/^[A-Z][A-Za-z0-9]*$/.test(stem)) {
    throw new CommandError(
      `\`${written}\` is no name of a class`,
      "write it as `Shopify` or `ShopifyComponent`",
    );
  }
  const [module, folder] = Object.entries(configuration.registry).find(([name]) => name === "lib") ?? [
    "lib",
    "./lib",
  ];
  const kebab = kebabCase(stem);
  const base = `${folder.replace(/^\.\//, "").replace(/\/$/, "")}/${kebab}`;
  const type = `${module}.${stem}Component`;
  const texts: readonly (readonly [string, string])[] = [
    [`${base}/${kebab}-component.ts`, classText(stem, kebab)],
    [`${base}/example.yaml`, exampleText(type)],
    [`${base}/${kebab}-component.test.ts`, testText(stem, kebab)],
  ];
  const taken = texts.find(([file]) => existsSync(join(root, file)));
  if (taken !== undefined)
    throw new CommandError(`${taken[0]} is there already`, "choose another name, or remove it");
  for (const [file, text] of texts) writeWhole(join(root, file), text);
  return { type, files: texts.map(([file]) => file) };
}

/** `HTTPFeed2` is `http-feed2`. */
function kebabCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
}

function classText(stem: string, kebab: string): string {
  return `import { readFileSync } from "node:fs";
import { Type } from "typebox";
import {
  assetSpecSchema,
  Component,
  type ComponentContext,
  type Definitions,
  type StepDefinition,
} from "#platform";

const schema = Type.Object(
  {
    asset: assetSpecSchema,
    rows: Type.Integer({ minimum: 1, default: 3, description: "How many rows the asset has." }),
  },
  { additionalProperties: false, description: "Makes one asset of numbered rows." },
);

export class ${stem}Component extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return readFileSync(new URL("example.yaml", import.meta.url), "utf8");
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const { asset, rows } = this.attributes;
    const spec = context.assetSpec(asset, { kinds: ["${kebab}"] });
    const step: StepDefinition = {
      name: \`\${context.name}.rows\`,
      assets: [spec.key],
      checks: [],
      canSubset: false,
      execution: "materialize",
      resources: [],
      async run(run) {
        const numbered = Array.from({ length: rows }, (_, index) => ({ id: index + 1 }));
        await run.store(spec.key, numbered);
      },
    };
    return { assets: [spec], steps: [step] };
  }
}
`;
}

function exampleText(type: string): string {
  return `type: ${type}
attributes:
  asset:
    key: raw/numbers
    description: Numbered rows.
    group_name: raw
  rows: 10
`;
}

function testText(stem: string, kebab: string): string {
  return `import { expect, test } from "vitest";
import { componentConformance, loadComponent } from "#platform/testing";
import { ${stem}Component } from "./${kebab}-component.ts";

const { example } = ${stem}Component;

test("${stem}Component does what every component class owes its users", async () => {
  const findings = await componentConformance(${stem}Component, example);
  expect(findings.filter(({ failure }) => failure !== undefined)).toEqual([]);
});

test("${stem}Component makes the asset of its example", async () => {
  const { definitions } = await loadComponent(example, { classes: { "lib.${stem}Component": ${stem}Component } });
  expect(definitions.assets).toMatchObject([{ key: "raw/numbers", groupName: "raw", kinds: ["${kebab}"] }]);
});
`;
}
