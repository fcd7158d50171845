import { Evaluations } from "./evaluations.ts";
import { createMessage, trustedMessage } from "./message-envelope.ts";

// The process that calls functions of sensors and custom conditions; it ends with the one that asks.

const evaluations = new Evaluations((type, body, id) => process.send?.(createMessage(type, body, id)));

process.on("message", (raw) => {
  const message = trustedMessage(raw);
  if (message.type === "evaluateSensor") void evaluations.sensor(message.body, message.id);
  if (message.type === "evaluateCondition") void evaluations.condition(message.body, message.id);
});

// A promise that nobody waits for is the function's own; the others go on.
process.on("unhandledRejection", (error) =>
  process.send?.(
    createMessage("log", { level: "error", message: `a promise was left alone: ${String(error)}` }),
  ),
);

process.on("disconnect", () => process.exit(0));

process.send?.(createMessage("loaded", {}));
