import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const doctor = command({
  name: "doctor",
  summary: "Look whether this machine and project have what dop needs",
  details: "The exit code is 1 when something is missing that dop cannot do without.",
  options: { ...jsonOption, ...projectOptions },
  async run({ json, ...project }, context) {
    const { examine } = await import("../examine.ts");
    const findings = await examine(project, context);
    if (json) context.print(JSON.stringify({ schema: "dop.doctor/1", findings }, undefined, 2));
    else {
      const { tableText } = await import("../table-text.ts");
      context.print(
        tableText(
          ["", "what", "found"],
          findings.map(({ verdict, subject, text }) => [verdict, subject, text]),
        ),
      );
    }
    return findings.some(({ verdict }) => verdict === "bad") ? 1 : 0;
  },
});
