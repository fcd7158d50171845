import type { CommandGroup } from "../command.ts";

export const scaffold: CommandGroup = {
  name: "scaffold",
  summary: "Write the first files of a component or of a component class",
  commands: {
    defs: async () => (await import("./scaffold-defs.ts")).scaffoldDefs,
    component: async () => (await import("./scaffold-component.ts")).scaffoldComponent,
  },
};
