import { expect, test } from "vitest";
import { createRedactor } from "../../platform/run/redact.ts";

const secret = 's3cret/+"key" ü';

test.for([
  { form: "as it is", text: secret },
  { form: "escaped for JSON", text: JSON.stringify({ key: secret }) },
  { form: "in a URL", text: `https://x.example/?k=${encodeURIComponent(secret)}` },
  { form: "in a form", text: new URLSearchParams({ k: secret }).toString() },
  { form: "in base64", text: Buffer.from(secret).toString("base64") },
  { form: "in base64 for URLs", text: Buffer.from(secret).toString("base64url") },
  { form: "in base64 after one byte", text: Buffer.from(`a${secret}b`).toString("base64") },
  { form: "in base64 after two bytes", text: Buffer.from(`ab${secret}`).toString("base64") },
])("a secret is masked $form", ({ text }) => {
  const masked = createRedactor([secret]).text(text);
  expect(masked).toContain("•••");
  expect(masked).not.toContain(secret);
  expect(Buffer.from(masked.replaceAll("•••", ""), "base64").toString()).not.toContain("cret");
});

test("each line of a key of several lines is masked", () => {
  const redactor = createRedactor(["-----BEGIN-----\nMIIEvQIBADANBg\n-----END-----"]);
  expect(redactor.text("read MIIEvQIBADANBg")).toBe("read •••");
});

test("texts of fewer than four characters are not masked", () => {
  expect(createRedactor(["abc", "", "  "]).text("abc   d")).toBe("abc   d");
});

test("a secret that contains another is masked as a whole", () => {
  expect(createRedactor(["hunter", "hunter22"]).text("hunter22")).toBe("•••");
});

test("plain data is masked in all its texts and keeps everything else", () => {
  const redactor = createRedactor(["hunter22"]);
  expect(redactor.data({ a: ["x hunter22"], n: 1, none: null, hunter22: true })).toEqual({
    a: ["x •••"],
    n: 1,
    none: null,
    "•••": true,
  });
});
