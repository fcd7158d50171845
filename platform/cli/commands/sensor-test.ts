import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const sensorTest = command({
  name: "test",
  summary: "Evaluate a sensor once: what it would ask for, or why nothing; nothing is kept",
  arguments: { name: { summary: "Name of the sensor", required: true } },
  options: {
    cursor: { value: "text", summary: "Cursor to look from, instead of the sensor's own" },
    ...jsonOption,
    ...projectOptions,
  },
  async run({ name, cursor, json, ...project }, context) {
    const { sensorTestText, testOnce } = await import("../sensor-test-text.ts");
    const test = await testOnce({ name, cursor, project }, context);
    context.print(
      json ? JSON.stringify({ schema: "dop.sensor_test/1", ...test }, undefined, 2) : sensorTestText(test),
    );
    return test.failure === null && test.faults.length === 0 ? 0 : 1;
  },
});
