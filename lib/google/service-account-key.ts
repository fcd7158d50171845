import { isPlainObject, StepError } from "#platform";

/** The key from its JSON or the base64 of it. Throws StepError, without the text, for anything else. */
export function serviceAccountKey(text: string): { client_email: string; private_key: string } {
  const json = text.trimStart().startsWith("{") ? text : Buffer.from(text, "base64").toString("utf8");
  try {
    const key: unknown = JSON.parse(json);
    if (
      isPlainObject(key) &&
      typeof key["client_email"] === "string" &&
      typeof key["private_key"] === "string"
    ) {
      return { client_email: key["client_email"], private_key: key["private_key"].replaceAll("\\n", "\n") };
    }
  } catch {
    // Told below, without the text.
  }
  throw new StepError("the Google credentials are no service account key (JSON or its base64)", {
    retry: "never",
  });
}
