import { Type } from "typebox";
import { expect, test } from "vitest";
import { Component, type ComponentContext } from "../../platform/define/component.ts";
import type { Definitions } from "../../platform/define/definitions.ts";
import { loadComponent } from "../../platform/testing.ts";

const schema = Type.Object({
  name: Type.String(),
  rules: Type.Array(Type.Object({ selection: Type.Optional(Type.String()) })),
});

class Jobs extends Component<typeof schema> {
  static override readonly schema = schema;

  override buildDefinitions(context: ComponentContext): Definitions {
    const origins = context.origins({
      name: ["name"],
      selection: ["rules", 0, "selection"],
      resources: ["rules", 0, "resources"],
    });
    const codeReferences = [context.codeReference(["rules", 0])];
    return { jobs: [{ name: this.attributes.name, selection: "*", origins, codeReferences }] };
  }
}

const file = "defs/demo/component.yaml";

test("a component tells where fields of its specs are written, and leaves out those that are not", async () => {
  const yaml = "type: lib.Jobs\nattributes:\n  name: nightly\n  rules:\n    - selection:\n        tag:a\n";
  const { definitions } = await loadComponent(yaml, { classes: { "lib.Jobs": Jobs } });
  expect(definitions.jobs[0]?.origins).toEqual({
    name: { file, line: 3, column: 9, endColumn: 16 },
    selection: { file, line: 5, column: 7, endColumn: 16 },
  });
});

test("a code reference of an attribute has its column, and that of the document its line alone", async () => {
  const yaml = "type: lib.Jobs\nattributes:\n  name: nightly\n  rules: [{ selection: a }]\n";
  const { definitions } = await loadComponent(yaml, { classes: { "lib.Jobs": Jobs } });
  expect(definitions.jobs[0]?.codeReferences).toEqual([
    { file, line: 1 },
    expect.objectContaining({ file, line: 4, column: 11 }),
  ]);
});
