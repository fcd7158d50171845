import { Type } from "typebox";
import type { Webhooks } from "../instance/webhooks.ts";
import { readText } from "./request-guard.ts";
import { type Route, route } from "./route.ts";

/** Before the name of a webhook. Its requests prove by their signature who sends them, and by nothing else. */
export const hooksPath = "/api/v1/hooks/";

const takenSchema = Type.Object({
  id: Type.String({
    description: "What the delivery goes by: its idempotency key, or the hash of its body.",
  }),
  repeated: Type.Boolean({ description: "Whether the same delivery was taken before; it counts once." }),
});

/** Where webhook sensors listen. */
export function hookRoutes(webhooks: Webhooks): Route[] {
  return [
    route({
      method: "post",
      path: `${hooksPath}{name}`,
      summary:
        "Takes a signed request for the webhook sensor of that path; 202 when it is stored, 401 for a wrong signature, 409 for a known key with another body",
      status: 202,
      answer: takenSchema,
      async handle({ params: { name = "" }, request }) {
        const headers = Object.fromEntries(request.headers);
        return await webhooks.receive(name, { body: await readText(request), headers });
      },
    }),
  ];
}
